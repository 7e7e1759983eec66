import Evaluate
import Testing

private func read(
    _ text: String, as form: QuestionSet.Form? = nil
) throws(QuestionSetError) -> QuestionSet {
    try QuestionSet(name: "set", bytes: Array(text.utf8), form: form)
}

@Suite struct `Sets of questions` {
    @Test func `a line is a question`() throws {
        let set = try read(
            """
            \u{FEFF}{"file": "a/1.png", "question": "Total?", "answers": ["12", "12.00"], "category": "t"}

            {"file": "2.mp4", "question": "What?", "facts": ["circle", ["6", "six"]], "in_order": true}
            {"file": "3.png", "question": "How many?", "answers": 3}
            """)
        #expect(set.form == .smolvlm)
        #expect(set.items.map(\.index) == [0, 1, 2])
        #expect(set.items[0].names == ["a/1.png"])
        #expect(set.items[0].answers == ["12", "12.00"])
        #expect(set.items[0].category == "t" && set.items[0].rule == .equal)
        #expect(set.items[1].rule == .facts([["circle"], ["6", "six"]], inOrder: true))
        #expect(set.items[1].expected == ["circle", "6 or six"])
        #expect(set.items[2].answers == ["3"])
    }

    @Test func `DocVQA is read as it is published`() throws {
        let set = try read(
            """
            {"dataset_name": "docvqa", "dataset_split": "val", "dataset_version": "1.0", "data": [
              {"questionId": 49153, "question": "What is the actual value?",
               "question_types": ["figure/diagram", "form"], "image": "documents/pybv0228_81.png",
               "docId": 14465, "ucsf_document_id": "pybv0228", "ucsf_document_page_no": "81",
               "answers": ["0.28"], "data_split": "val"}]}
            """)
        #expect(set.form == .docvqa)
        let item = try #require(set.items.first)
        #expect(
            item.names == [
                "documents/pybv0228_81.png", "pybv0228_81.png", "documents/pybv0228_81.png",
            ])
        #expect(item.answers == ["0.28"] && item.rule == .equal)
        #expect(item.category == "figure/diagram, form")
    }

    @Test func `TextVQA is read as it is published`() throws {
        let set = try read(
            """
            {"dataset_type": "val", "dataset_name": "textvqa", "dataset_version": "0.5.1", "data": [
              {"question": "what is the brand?", "image_id": "003a8ae2ef43b901", "image_width": 1024,
               "answers": ["nokia", "nokia", "Nokia"], "question_id": 34602, "set_name": "val",
               "image_classes": ["Phone"], "flickr_original_url": "https://example.org/1.jpg"}]}
            """)
        #expect(set.form == .textvqa)
        let item = try #require(set.items.first)
        #expect(item.file == "003a8ae2ef43b901.jpg")
        #expect(item.names.contains("train_images/003a8ae2ef43b901.jpg"))
        #expect(item.rule == .votes && item.answers.count == 3)
        #expect(item.expected == ["nokia", "Nokia"])
    }

    @Test func `OCRBench is read as it is published`() throws {
        let set = try read(
            """
            [{"dataset_name": "IIIT5K", "type": "Regular Text Recognition", "id": 0,
              "image_path": "IIIT5K/1.png", "question": "what is written in the image?",
              "answers": ["CENTRE"]},
             {"dataset_name": "HME100k", "type": "Handwritten Mathematical Expression Recognition",
              "image_path": "HME100k/2.jpg", "question": "Write it.", "answers": "x ^ 2"}]
            """)
        #expect(set.form == .ocrbench)
        #expect(set.items[0].names == ["IIIT5K/1.png", "OCRBench_Images/IIIT5K/1.png"])
        #expect(set.items[0].rule == .contained)
        #expect(set.items[0].category == "Regular Text Recognition")
        #expect(set.items[1].rule == .containedFormula && set.items[1].answers == ["x ^ 2"])
    }

    private static let example =
        #"{"file": "a.png", "question": "What is the total?", "answers": ["12.50"]}"#

    static let faults: [(text: String, complaint: String)] = [
        ("", "set has no questions. Put one in each line, such as \(example)."),
        (" \n\n", "set has no questions. Put one in each line, such as \(example)."),
        ("[]", "set has no questions. Put one in each line, such as \(example)."),
        (
            "3",
            "set is JSON, but no set of questions. Put an object in each line, such as "
                + "\(example)."
        ),
        (
            "[3]",
            "set, entry 1: its members are those of no set known here. A question needs "
                + "members as in \(example); --form names the form of a public set."
        ),
        (
            #"{"file": "a", "question": "b", "answers": []}"#,
            "set, line 1: its `answers` is neither a text nor an array of texts. That is what the "
                + "form smolvlm needs."
        ),
        (
            "{\"file\": \"a\", \"question\": \"b\", \"answers\": \"c\"}\n{\"file\": \"a\"}",
            "set, line 2: it has neither `answers`, one text or an array of them, nor `facts`. "
                + "That is what the form smolvlm needs."
        ),
        (
            #"{"file": "", "question": "b", "answers": "c"}"#,
            "set, line 1: it has no `file` with a text in it. That is what the form smolvlm needs."
        ),
        (
            #"{"file": "a", "question": "b", "facts": [""]}"#,
            "set, line 1: its `facts` is no array of texts, each of which may be an array of texts "
                + "that mean the same. That is what the form smolvlm needs."
        ),
        (
            #"{"file": "a", "question": "b", "facts": ["c"], "in_order": 1}"#,
            "set, line 1: its `in_order` is neither true nor false. That is what the form smolvlm "
                + "needs."
        ),
        (
            #"{"data": [{"questionId": 1, "image": "a.png", "question": "b"}]}"#,
            "set, entry 1: it has no `answers`; the part of a set that is kept for a challenge "
                + "comes without them. That is what the form docvqa needs."
        ),
    ]

    @Test(arguments: faults)
    func `what is wrong is told with its place`(text: String, complaint: String) {
        #expect(throws: QuestionSetError.self) { try read(text) }
        do { _ = try read(text) } catch { #expect(error.description == complaint) }
    }

    @Test func `a line that is no JSON is named`() {
        do {
            _ = try read("\(Self.example)\n{\"file\": \n")
            Issue.record("it was read")
        } catch {
            #expect(error.description.hasPrefix("set, line 2: it is not valid JSON ("))
        }
    }

    @Test func `the form can be said`() throws {
        let text = #"[{"file": "x", "image_path": "a/b.png", "question": "?", "answers": "c"}]"#
        #expect(try read(text).form == .smolvlm)
        #expect(try read(text, as: .ocrbench).items[0].file == "a/b.png")
        #expect(throws: QuestionSetError.self) { try read(text, as: .docvqa) }
    }
}
