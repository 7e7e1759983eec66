import Hub
import Testing
