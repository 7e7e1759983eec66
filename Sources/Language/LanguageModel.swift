internal import Weights
