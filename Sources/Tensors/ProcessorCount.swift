#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How many processor cores this process may keep busy.
package enum ProcessorCount {
    /// Physical cores among the processors that the process is allowed, no more than its control
    /// group grants time for; at least 1.
    package static var usable: Int {
        let status = SystemText.beginning(of: "/proc/self/status")
        let allowed =
            allowedProcessors(status: status)
            ?? Array(0..<max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        var cores = Set<String>()
        for processor in allowed {
            // Two processors of one core have the same list of siblings.
            let siblings = SystemText.beginning(
                of: "/sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list")
            cores.insert(siblings.isEmpty ? "\(processor)" : siblings)
        }
        let granted =
            granted(quotaAndPeriod: SystemText.beginning(of: "/sys/fs/cgroup/cpu.max"))
            ?? granted(
                quotaAndPeriod: SystemText.beginning(of: "/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
                    + " "
                    + SystemText.beginning(of: "/sys/fs/cgroup/cpu/cpu.cfs_period_us"))
        return max(1, min(cores.count, granted ?? .max))
    }

    /// Whole processors out of a quota and a period of a control group, rounded up; nil for none.
    package static func granted(quotaAndPeriod text: String) -> Int? {
        let parts = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
        guard parts.count == 2, let quota = parts[0], let period = parts[1], quota > 0, period > 0
        else { return nil }
        return (quota - 1) / period + 1
    }

    /// The processors that a process may run on, out of its `/proc/self/status`.
    package static func allowedProcessors(status: String) -> [Int]? {
        let key = "Cpus_allowed_list:"
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else {
            return nil
        }
        var processors: [Int] = []
        for part in line.dropFirst(key.count).split(separator: ",") {
            let ends = part.split(separator: "-").map {
                Int(String($0.filter { !$0.isWhitespace }))
            }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil,
                0 <= first, first <= last, last < 65_536
            else { return nil }
            processors += first...last
        }
        return processors.isEmpty ? nil : processors
    }
}
