import Media
import Testing
