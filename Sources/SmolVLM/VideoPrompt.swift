internal import Vision
