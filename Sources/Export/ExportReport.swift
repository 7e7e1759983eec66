/// What became of a model: the files that were written, and what was lost.
package struct ExportReport: Equatable, Sendable {
    /// A file that was written.
    package struct File: Equatable, Sendable {
        package let path: String
        /// The name of the quantisation.
        package let quantisation: String
        package let byteCount: Int
        /// What its tensors took before.
        package let bytesBefore: Int
    }

    /// What became of the tensors of a group.
    package struct Group: Equatable, Sendable {
        package let group: LossGroup
        package var tensorCount = 0
        /// Numbers in all of them.
        package var numberCount = 0
        package var bytesBefore = 0
        package var bytesAfter = 0
        /// The types that they are stored as, with the number of tensors of each, the commonest first.
        package var types: [(name: String, count: Int)] = []
        /// The root of the mean square of what changed, by that of the numbers themselves.
        package var relativeError = 0.0

        package static func == (one: Group, other: Group) -> Bool {
            one.group == other.group && one.tensorCount == other.tensorCount
                && one.numberCount == other.numberCount && one.bytesBefore == other.bytesBefore
                && one.bytesAfter == other.bytesAfter && one.relativeError == other.relativeError
                && one.types.elementsEqual(other.types, by: ==)
        }
    }

    /// The text half, then the picture half where there is one.
    package var files: [File] = []
    /// In the order of a model; none that has no tensors.
    package var groups: [Group] = []
    /// What the user should know of: sentences.
    package var notes: [String] = []
}
