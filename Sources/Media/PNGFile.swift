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
        package let cause: Cause

        /// What kept it from being written; each has a hint of its own.
        package enum Cause: Equatable, Sendable {
            case missingFolder(String)
            /// Something else stands where a folder should.
            case notAFolder(String)
            /// The path itself is a folder.
            case isFolder
            case notPermitted
            case noRoom
            case other(String)
        }

        package var description: String {
            let (reason, hint) =
                switch cause {
                case .missingFolder(let folder):
                    ("there is no folder \(folder)", "Create it, or name another.")
                case .notAFolder(let folder):
                    ("\(folder) is no folder", "Name a file in one that is.")
                case .isFolder:
                    ("it is a folder", "Name a file.")
                case .notPermitted:
                    ("that is not permitted", "Change the permissions, or name another file.")
                case .noRoom:
                    ("there is no room left", "Make some, or name a file on another disk.")
                case .other(let reason):
                    (reason, "Name another file.")
                }
            return "\(path) cannot be written: \(reason). \(hint)"
        }
    }

    /// Writes a picture to a path; what was there before is replaced once all of it is written, and
    /// stays if that fails. A device is written as it is.
    package static func write(_ image: Image, to path: String) throws(Failure) {
        guard let place = try Place(path) else {
            let descriptor = unsafe open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure(path, errno) }
            return try encode(image, descriptor, path)
        }
        let part = try place.makePart(for: path)
        do throws(Failure) {
            try encode(image, part.descriptor, path)
            guard unsafe rename(part.path, place.file) == 0 else { throw failure(path, errno) }
        } catch {
            _ = unsafe unlink(part.path)
            throw error
        }
    }

    /// Finds out whether a path can be written, and leaves everything as it was.
    package static func check(_ path: String) throws(Failure) {
        guard let place = try Place(path) else { return }
        let part = try place.makePart(for: path)
        _ = close(part.descriptor)
        _ = unsafe unlink(part.path)
    }

    /// Writes a picture and closes the descriptor.
    private static func encode(
        _ image: Image, _ descriptor: Int32, _ path: String
    ) throws(Failure) {
        var reason = [CChar](repeating: 0, count: Int(SMV_STILL_REASON))
        errno = 0
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
        let code = errno
        let closed = close(descriptor)
        guard written == 0 else {
            let words = unsafe reason.withUnsafeBufferPointer { reason in
                unsafe reason.baseAddress.map { unsafe String(cString: $0) } ?? ""
            }
            throw code == 0 ? Failure(path: path, cause: .other(words)) : failure(path, code)
        }
        guard closed == 0 else { throw failure(path, errno) }
    }

    private static func failure(_ path: String, _ code: Int32) -> Failure {
        let cause: Failure.Cause =
            switch code {
            case EACCES, EPERM, EROFS: .notPermitted
            case EISDIR: .isFolder
            case ENOSPC, EDQUOT, EFBIG: .noRoom
            case ENAMETOOLONG: .other("its name is too long")
            default: .other(unsafe String(cString: strerror(code)))
            }
        return Failure(path: path, cause: cause)
    }

    /// Where a file goes that is written beside its place first.
    private struct Place {
        /// The file itself, where the path is a link to it.
        let file: String
        private let folder: String
        /// The permissions of the file that is replaced.
        private let mode: mode_t?

        /// - Returns: nil when the path is a device, or a stream of the program.
        init?(_ path: String) throws(Failure) {
            var facts = stat()
            var target = path
            if unsafe stat(path, &facts) != 0 {
                mode = nil
            } else {
                let isStream = ["/dev/std", "/dev/fd/", "/proc/"].contains { path.hasPrefix($0) }
                switch facts.st_mode & S_IFMT {
                case S_IFDIR:
                    throw Failure(path: path, cause: .isFolder)
                case S_IFREG where !isStream:
                    guard unsafe access(path, W_OK) == 0 else { throw failure(path, errno) }
                default:
                    return nil
                }
                mode = facts.st_mode & 0o777
                let resolved = unsafe realpath(path, nil)
                defer { unsafe free(resolved) }
                target = unsafe resolved.map { unsafe String(cString: $0) } ?? path
            }
            file = target
            let slash = target.utf8.lastIndex(of: UInt8(ascii: "/"))
            folder = slash.map { String(target[...$0]) } ?? "./"
        }

        /// Makes an empty file with a hidden name in the same folder, so that it can be renamed.
        func makePart(for path: String) throws(Failure) -> (path: String, descriptor: Int32) {
            for attempt in 0..<100 {
                let part = "\(folder).smolvlm-\(getpid())-\(attempt).part"
                let descriptor = unsafe open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
                if descriptor >= 0 {
                    if let mode { _ = fchmod(descriptor, mode) }
                    return (part, descriptor)
                }
                switch errno {
                case EEXIST: continue
                case ENOENT: throw Failure(path: path, cause: .missingFolder(shown))
                case ENOTDIR: throw Failure(path: path, cause: .notAFolder(shown))
                case let code: throw failure(path, code)
                }
            }
            throw failure(path, EEXIST)
        }

        /// The folder without its slash.
        private var shown: String { folder.count > 1 ? String(folder.dropLast()) : folder }
    }
}
