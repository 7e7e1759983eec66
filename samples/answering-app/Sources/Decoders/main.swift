// Here only for what it depends on: see Package.swift.
