internal import Tensors

/// The memory that this process has in use: its own, and the pages of files that it has touched.
public enum MemoryUse {
    /// The bytes in use now; 0 where the system does not tell.
    public static var byteCount: Int { ProcessMemory.byteCount }

    /// The most bytes that were in use at one time since the program began; 0 where the system does
    /// not tell.
    public static var peakByteCount: Int { ProcessMemory.peakByteCount }
}
