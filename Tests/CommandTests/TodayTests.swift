import CTerminal
import Foundation
import Testing

@Suite struct TodayTests {
    @Test func `the day is that of the calendar`() {
        func day(_ date: Date) -> Int {
            let parts = Calendar(identifier: .gregorian)
                .dateComponents([.year, .month, .day], from: date)
            return (parts.year ?? 0) * 10_000 + (parts.month ?? 0) * 100 + (parts.day ?? 0)
        }
        // Midnight may come in between.
        let before = day(Date())
        let told = smv_today()
        #expect([before, day(Date())].contains(told))
    }
}
