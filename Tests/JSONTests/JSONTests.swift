import JSON
import Testing

@Suite struct `JSON text` {
    @Test func `values are read with their kinds`() throws {
        let json = try JSONValue(
            parsing: #"{"a":[1,-2,2.5,true,null,"x\ty"],"big":18446744073709551615,"a":0,"w":3.0}"#)
        let a = try #require(json["a"])
        #expect(a.count == 6)
        #expect(a.elements.compactMap(\.int) == [1, -2])
        #expect(a.elements.compactMap(\.double) == [1, -2, 2.5])
        #expect(a.elements.compactMap(\.bool) == [true])
        #expect(a.elements.compactMap(\.string) == ["x\ty"])
        #expect(a.elements.filter(\.isNull).count == 1)
        #expect(json["big"]?.int == nil)
        #expect(json["big"]?.double == 0x1p64)
        #expect(json["w"]?.int == 3)
        #expect(json["none"] == nil)
    }

    @Test func `members keep their order and repeated keys`() throws {
        let json = try JSONValue(parsing: #"{"b":{"x":[]},"a":1,"b":2}"#)
        #expect(json.members.compactMap(\.key.string) == ["b", "a", "b"])
        #expect(json["b"]?.kind == .object)
    }

    @Test(arguments: ["", "{", "[1,]", "{\"a\":}", "nul", "\"\u{1}\"", "1 2"])
    func `what is not JSON is refused with a reason`(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test func `nesting beyond reason is refused`() {
        let bomb = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.self) { try JSONValue(parsing: bomb) }
    }

    @Test func `what is written is read back`() throws {
        let text = "quote \" slash \\ line\n tab\t bell\u{7} é 東京 🙂"
        for style in [JSONWriter.Style.compact, .pretty] {
            var json = JSONWriter(style: style)
            json.object { json in
                json.member("text", text)
                json.member("n", -3)
                json.member("x", 0.1)
                json.member("inf", Double.infinity)
                json.member("list") { $0.array { for i in 0..<3 { $0.value(i) } } }
                json.member("empty") { $0.object { _ in } }
            }
            let read = try JSONValue(parsing: json.text)
            #expect(read["text"]?.string == text)
            #expect(read["n"]?.int == -3)
            #expect(read["x"]?.double == 0.1)
            #expect(read["inf"]?.isNull == true)
            #expect(read["list"]?.elements.compactMap(\.int) == [0, 1, 2])
            #expect(read["empty"]?.count == 0)
        }
    }

    @Test func `pretty text has two blanks a level`() {
        var json = JSONWriter(style: .pretty)
        json.object {
            $0.member("a", 1)
            $0.member("b") { $0.array { $0.value(true) } }
        }
        #expect(json.text == "{\n  \"a\": 1,\n  \"b\": [\n    true\n  ]\n}")
    }
}
