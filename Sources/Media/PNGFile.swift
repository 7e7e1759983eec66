internal import CCodecs

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Writes pictures as PNG files.
package enum PNGFile {
    /// Why a file could not be written.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let path: String
        package let reason: String

        package var description: String {
            "\(path) cannot be written: \(reason). Name another file, or make room for it."
        }
    }

    /// Writes a picture to a path; what was there before is replaced, and what could only be written
    /// in part is taken away again.
    package static func write(_ image: Image, to path: String) throws(Failure) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            let code = errno
            throw Failure(path: path, reason: unsafe String(cString: strerror(code)))
        }
        var reason = [CChar](repeating: 0, count: Int(SMV_STILL_REASON))
        let written = image.withPixels { pixels in
            unsafe pixels.withUnsafeBufferPointer { pixels in
                unsafe reason.withUnsafeMutableBufferPointer { reason in
                    guard let rgb = pixels.baseAddress, let reason = reason.baseAddress else {
                        return Int32(-1)
                    }
                    return unsafe smv_png_write(
                        descriptor, rgb, image.width, image.height, image.width * 3, reason)
                }
            }
        }
        var facts = stat()
        let isFile = unsafe fstat(descriptor, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
        let closed = close(descriptor)
        guard written == 0, closed == 0 else {
            // A device that was named as the output is not ours to take away.
            if isFile { _ = unsafe unlink(path) }
            let words = unsafe reason.withUnsafeBufferPointer { reason in
                unsafe reason.baseAddress.map { unsafe String(cString: $0) } ?? ""
            }
            throw Failure(path: path, reason: written == 0 ? "the disk is full" : words)
        }
    }
}
