// Finds what was meant by a misspelt word: the candidate with the fewest letters to insert, drop,
// replace or swap with a neighbour (the restricted Damerau-Levenshtein distance), unless just one
// begins with the word.

enum Spelling {
    /// The candidate nearest to a word, when it is near enough to be what was meant.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let letters = Array(word.lowercased())
        let bare = letters.count - letters.prefix { $0 == "-" }.count
        let longer = candidates.filter { bare >= 2 && $0.hasPrefix(word) }
        if longer.count == 1 { return longer.first }
        let rated = candidates.map { (name: $0, distance: distance(letters, Array($0))) }
        if let best = rated.min(by: { $0.distance < $1.distance }),
            best.distance <= max(1, bare / 3)
        {
            return best.name
        }
        return nil
    }

    private static func distance(_ from: [Character], _ to: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...to.count)
        for (row, letter) in from.enumerated() {
            var now = [row + 1]
            for (column, other) in to.enumerated() {
                var least = min(
                    last[column + 1] + 1, now[column] + 1, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == to[column - 1], from[row - 1] == other {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                now.append(least)
            }
            beforeLast = last
            last = now
        }
        return last[to.count]
    }
}
