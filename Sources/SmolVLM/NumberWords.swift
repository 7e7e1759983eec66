// In: a count. Out: its English words, spelled as the Python package num2words 0.5.14 does, which
// the reference processor calls: "and" before what is under a hundred, a comma between groups.
// https://github.com/savoirfairelinux/num2words/blob/master/num2words/lang_EN.py

/// Numbers as English words.
package enum NumberWords {
    private static let small = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
        "nineteen",
    ]
    private static let tens = [
        "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ]
    private static let groups = ["", " thousand", " million", " billion", " trillion"]

    /// `sixty-four`, `one hundred and five`, `two thousand, three hundred and one`.
    ///
    /// - Precondition: `number` is from 0 to less than 10 to the 15.
    package static func english(_ number: Int) -> String {
        precondition((0..<1_000_000_000_000_000).contains(number), "\(number) has no words here")
        guard number >= 1000 else { return underThousand(number) }
        var words = ""
        var unit = 1_000_000_000_000
        for group in groups.reversed() {
            let part = number / unit % 1000
            if part > 0 {
                let isLast = unit == 1
                let link = isLast && part < 100 ? " and " : ", "
                words += (words.isEmpty ? "" : link) + underThousand(part) + group
            }
            unit /= 1000
        }
        return words
    }

    private static func underThousand(_ number: Int) -> String {
        guard number >= 100 else { return underHundred(number) }
        let hundreds = small[number / 100] + " hundred"
        return number % 100 == 0 ? hundreds : hundreds + " and " + underHundred(number % 100)
    }

    private static func underHundred(_ number: Int) -> String {
        guard number >= 20 else { return small[number] }
        return number % 10 == 0 ? tens[number / 10] : tens[number / 10] + "-" + small[number % 10]
    }
}
