internal import CCodecs

/// Makes small copies of pictures, to be shown in a page.
package enum WebPPicture {
    /// A picture as a WebP file, with losses; nil where the library has no memory for it.
    ///
    /// - Parameters:
    ///   - longestSide: it is made smaller until no side is longer.
    ///   - quality: from 0, which loses most, to 100.
    package static func bytes(
        of image: Image, longestSide: Int, quality: Float
    ) -> [UInt8]? {
        let longest = max(image.width, image.height)
        var small = image
        if longest > longestSide {
            small = Resample.resized(
                image, width: max(1, image.width * longestSide / longest),
                height: max(1, image.height * longestSide / longest), filter: .bilinear)
        }
        var made: UnsafeMutablePointer<UInt8>?
        let count = small.withPixels { pixels in
            unsafe pixels.withUnsafeBufferPointer { pixels in
                guard let rgb = pixels.baseAddress else { return 0 }
                return unsafe smv_webp_write(
                    rgb, small.width, small.height, small.width * 3, quality, &made)
            }
        }
        guard let file = unsafe made else { return nil }
        defer { unsafe smv_webp_free(file) }
        return unsafe Array(UnsafeBufferPointer(start: file, count: count))
    }
}
