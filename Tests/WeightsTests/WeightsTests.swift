import Testing
import Weights
