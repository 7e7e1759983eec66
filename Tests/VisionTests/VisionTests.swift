import Testing
import Vision
