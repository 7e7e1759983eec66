internal import CCodecs

/// Writes pictures as PNG.
package enum PNGFile {
    /// Writes a picture, 8 bits RGB, to an open descriptor. `name` is for the message of failure.
    package static func write(
        _ image: Image, to descriptor: Int32, name: String
    ) throws(MediaError) {
        var reason = ""
        let result = image.withPixels { pixels in
            unsafe pixels.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return -1 as Int32 }
                var result: Int32 = 0
                reason = unsafe StillDecoder.said(capacity: SMV_STILL_REASON) { reason in
                    result = unsafe smv_png_write(
                        descriptor, start, image.width, image.height, image.width * 3, reason)
                }
                return result
            }
        }
        if result != 0 { throw .unwritable(name: name, reason: reason) }
    }
}
