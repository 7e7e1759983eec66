// swift-tools-version: 6.2
import PackageDescription

// A program of its own that uses smolvlm as any package may: by its public products alone. Outside
// of this repository the dependency is .package(url: "<this repository>", from: "...").
let package = Package(
    name: "answering-app",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "smolvlm", path: "../..")],
    targets: [
        .executableTarget(
            name: "answering-app",
            dependencies: [.product(name: "SmolVLM", package: "smolvlm")],
            path: "Sources/AnsweringApp"),
        // Never run: it has the libraries that decode video, TIFF, HEIC and the like built beside
        // the program, which opens them when a file needs them.
        .executableTarget(
            name: "decoders",
            dependencies: [
                .product(name: "smolvlm-video", package: "smolvlm"),
                .product(name: "smolvlm-heif", package: "smolvlm"),
            ],
            path: "Sources/Decoders"),
    ]
)
