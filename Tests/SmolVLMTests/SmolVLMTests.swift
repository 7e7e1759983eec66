import SmolVLM
import Testing
