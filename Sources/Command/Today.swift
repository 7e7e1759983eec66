internal import CTerminal

/// The day, where this computer stands.
enum Today {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]

    /// As models are told it: `05 July 2025`. A formatter of dates took 14 MB to say the same.
    static var words: String { words(smv_today()) }

    /// A day as `yyyymmdd` in the words of `words`.
    static func words(_ day: Int) -> String {
        let (year, month, number) = (day / 10_000, day / 100 % 100, day % 100)
        guard months.indices.contains(month - 1) else { return "01 January 1970" }
        return "\(number < 10 ? "0" : "")\(number) \(months[month - 1]) \(year)"
    }
}
