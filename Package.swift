// swift-tools-version: 6.2
import PackageDescription

/// What test targets are built with: `@Test` and `#expect` expand to code that is not memory-safe
/// by the strict rules.
let strictTests: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]

/// What every Swift target is built with: language mode 6, strict memory safety, no warnings.
let strict: [SwiftSetting] =
    strictTests + [
        .strictMemorySafety(),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]

/// What every C target is built with.
let strictC: [CSetting] = [
    .treatAllWarnings(as: .error)
]
let strictCxx: [CXXSetting] = [
    .treatAllWarnings(as: .error)
]

let package = Package(
    name: "smolvlm",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "smolvlm", targets: ["Command"]),
        .library(name: "SmolVLM", targets: ["SmolVLM", "Media"]),
        // Opened at run time, only for a file that needs them: each costs 10 to 50 ms to load.
        .library(name: "smolvlm-video", type: .dynamic, targets: ["CVideo"]),
        .library(name: "smolvlm-heif", type: .dynamic, targets: ["CHEIFStill"]),
    ],
    targets: [
        // Module maps of the libraries outside.
        .systemLibrary(name: "CPNG", path: "Sources/System/CPNG", pkgConfig: "libpng"),
        .systemLibrary(name: "CJPEG", path: "Sources/System/CJPEG", pkgConfig: "libjpeg"),
        .systemLibrary(
            name: "CWebP", path: "Sources/System/CWebP", pkgConfig: "libwebp libwebpdemux"),
        .systemLibrary(name: "CHEIF", path: "Sources/System/CHEIF", pkgConfig: "libheif"),
        .systemLibrary(
            name: "CFFmpeg", path: "Sources/System/CFFmpeg",
            pkgConfig: "libavformat libavcodec libswscale libavutil"),
        .systemLibrary(name: "CSIMDJSON", path: "Sources/System/CSIMDJSON"),

        // C: kernels, codecs, what is opened at run time, and shims.
        .target(name: "CKernels", cSettings: strictC),
        .target(name: "CBLAS", cSettings: strictC),
        .target(
            name: "CCodecs", dependencies: ["CPNG", "CJPEG", "CWebP", "CPlugin"],
            cSettings: strictC),
        .target(name: "CPlugin", cSettings: strictC),
        .target(
            name: "CVideo", dependencies: ["CFFmpeg", "CPlugin", "CCodecs"], cSettings: strictC),
        .target(name: "CHEIFStill", dependencies: ["CHEIF", "CPlugin"], cSettings: strictC),
        .target(name: "CTransfer", cSettings: strictC),
        .target(name: "CTerminal", cSettings: strictC),
        .target(name: "CSandbox", cSettings: strictC),
        .target(name: "CDigest", cSettings: strictC),
        .target(
            name: "CJSON", dependencies: ["CSIMDJSON"], cxxSettings: strictCxx,
            linkerSettings: [.linkedLibrary("simdjson")]),

        // Swift, in the order in which data flows.
        .target(name: "JSON", dependencies: ["CJSON"], swiftSettings: strict),
        .target(
            name: "Media", dependencies: ["CCodecs", "CPlugin", "CSandbox", "CKernels", "JSON"],
            swiftSettings: strict),
        .target(name: "Tensors", dependencies: ["CKernels", "CBLAS"], swiftSettings: strict),
        .target(name: "Store", dependencies: ["CDigest"], swiftSettings: strict),
        .target(
            name: "Weights", dependencies: ["Tensors", "Store", "JSON"], swiftSettings: strict),
        .target(
            name: "Vision", dependencies: ["Media", "Weights", "Tensors"], swiftSettings: strict),
        .target(name: "Tokenizer", dependencies: ["JSON"], swiftSettings: strict),
        .target(
            name: "Language", dependencies: ["Weights", "Tensors", "Tokenizer", "JSON"],
            swiftSettings: strict),
        .target(
            name: "SmolVLM",
            dependencies: [
                "Vision", "Language", "Tokenizer", "Weights", "Store", "Tensors", "Media", "JSON",
            ],
            swiftSettings: strict),
        .target(
            name: "Export", dependencies: ["SmolVLM", "Tokenizer", "Weights", "Tensors", "JSON"],
            swiftSettings: strict),
        .target(
            name: "Measure",
            dependencies: ["SmolVLM", "Vision", "Language", "Weights", "Tensors"],
            swiftSettings: strict),
        .target(name: "Evaluate", dependencies: ["JSON"], swiftSettings: strict),
        .target(name: "Hub", dependencies: ["CTransfer", "JSON"], swiftSettings: strict),
        .executableTarget(
            name: "Command",
            dependencies: [
                "SmolVLM", "Measure", "Evaluate", "Vision", "Media", "Weights", "Export", "Hub",
                "JSON", "CTerminal",
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "Bench",
            dependencies: [
                "SmolVLM", "Measure", "Vision", "Language", "Tokenizer", "Weights", "Tensors",
                "Media", "JSON",
            ],
            exclude: ["reference"], swiftSettings: strict),

        .testTarget(name: "CKernelsTests", dependencies: ["CKernels"], swiftSettings: strictTests),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strictTests),
        .testTarget(
            name: "MediaTests", dependencies: ["Media", "JSON"], swiftSettings: strictTests),
        .testTarget(name: "StoreTests", dependencies: ["Store"], swiftSettings: strictTests),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"], swiftSettings: strictTests),
        .testTarget(
            name: "WeightsTests", dependencies: ["Weights", "Tensors", "JSON"],
            swiftSettings: strictTests),
        .testTarget(
            name: "VisionTests", dependencies: ["Vision", "Media", "Weights", "JSON"],
            swiftSettings: strictTests),
        .testTarget(
            name: "TokenizerTests", dependencies: ["Tokenizer", "JSON"],
            swiftSettings: strictTests),
        .testTarget(
            name: "LanguageTests",
            dependencies: ["Language", "Vision", "Media", "Weights", "Tensors", "JSON"],
            swiftSettings: strictTests),
        .target(name: "CAllocations", path: "Tests/CAllocations", cSettings: strictC),
        .testTarget(
            name: "SmolVLMTests",
            dependencies: [
                "SmolVLM", "Language", "Tokenizer", "Weights", "Tensors", "Media", "JSON",
                "CAllocations",
            ],
            swiftSettings: strictTests),
        .testTarget(
            name: "ExportTests",
            dependencies: ["Export", "SmolVLM", "Tokenizer", "Weights", "Tensors", "JSON"],
            swiftSettings: strictTests),
        .testTarget(
            name: "MeasureTests", dependencies: ["Measure", "SmolVLM", "Weights", "Tensors"],
            swiftSettings: strictTests),
        .testTarget(
            name: "EvaluateTests", dependencies: ["Evaluate"], swiftSettings: strictTests),
        .testTarget(name: "HubTests", dependencies: ["Hub"], swiftSettings: strictTests),
        .testTarget(
            name: "CommandTests", dependencies: ["Command", "Media", "JSON", "CTerminal"],
            swiftSettings: strictTests),
        .testTarget(name: "LayoutTests", swiftSettings: strictTests),
        .testTarget(
            name: "ExamplesTests", dependencies: ["SmolVLM", "Media"], swiftSettings: strictTests),
    ],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx17
)
