internal import JSON

/// SmolLM3's prompt: a system part with the date, the reasoning mode, instructions and tools, then
/// ChatML in which tools answer as users.
struct SmolLM3Prompt {
    let options: ChatOptions
    let closesSystem: Bool

    func write(_ turns: [ChatTurn], to prompt: inout PromptBuilder) {
        let system = turns.first?.role == .system ? turns[0].text : nil
        var thinks = options.thinking
        // A flag in the system message outweighs the option; flags of users say nothing.
        if let system {
            if system.contains("/no_think") {
                thinks = false
            } else if system.contains("/think") {
                thinks = true
            }
        }
        writeSystem(system, thinks: thinks, to: &prompt)
        for turn in turns {
            switch turn.role {
            case .system: continue
            case .user, .tool: prompt.chatML("user", turn.text)
            case .assistant:
                let content = String(turn.text.drop { $0 == "\n" })
                prompt.special("<|im_start|>")
                prompt.text("assistant\n")
                if !thinks { writeNoThought(to: &prompt) }
                prompt.text(content)
                prompt.special("<|im_end|>")
                prompt.text("\n")
            }
        }
        prompt.special("<|im_start|>")
        prompt.text("assistant\n")
        if !thinks { writeNoThought(to: &prompt) }
    }

    private func writeNoThought(to prompt: inout PromptBuilder) {
        prompt.special("<think>")
        prompt.text("\n\n")
        prompt.special("</think>")
        prompt.text("\n")
    }

    private func writeSystem(_ system: String?, thinks: Bool, to prompt: inout PromptBuilder) {
        let custom = system.map {
            $0.without("/no_think").without("/think").rightStrippedAsPython
        }
        prompt.special("<|im_start|>")
        if let custom, system?.contains("/system_override") == true {
            prompt.text("system\n" + custom.without("/system_override").rightStrippedAsPython)
            prompt.special("<|im_end|>")
            prompt.text("\n")
            return
        }
        var text = "system\n## Metadata\n\nKnowledge Cutoff Date: June 2025\n"
        text += "Today Date: \(options.today)\n"
        text += "Reasoning Mode: \(thinks ? "/think" : "/no_think")\n\n## Custom Instructions\n\n"
        if let custom, !custom.isEmpty {
            text += custom
        } else {
            text += SmolLM3Prompt.name + (thinks ? SmolLM3Prompt.thinkingAdvice : "")
        }
        text += "\n\n"
        let hasTools = !options.xmlTools.isEmpty || !options.pythonTools.isEmpty
        if hasTools { text += toolText }
        prompt.text(text)
        if hasTools || closesSystem {
            prompt.special("<|im_end|>")
            prompt.text("\n")
        }
    }

    private var toolText: String {
        func lines(_ tools: [JSONValue]) -> String {
            tools.reduce(into: "") { $0 += PythonLiteral.text(of: $1) + "\n" }
        }
        var text = "### Tools\n\n"
        if !options.xmlTools.isEmpty {
            text += "You may call one or more functions to assist with the user query.\n"
            text += "You are provided with function signatures within <tools></tools> XML tags:"
            text += "\n\n<tools>\n" + lines(options.xmlTools)
            text += "</tools>\n\nFor each function call, return a json object with function name "
            text += "and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n"
            text += #"{"name": <function-name>, "arguments": <args-json-object>}"#
            text += "\n</tool_call>"
        }
        if !options.pythonTools.isEmpty {
            text += "When you send a message containing Python code between '<code>' and '</code>' "
            text += "tags, it will be executed in a stateful Jupyter notebook environment, and you "
            text += "will then be given the output to continued reasoning in an agentic loop.\n\n"
            text += "You can use the following tools in your python code like regular functions:\n"
            text += "<tools>\n" + lines(options.pythonTools)
            text += "</tools>\n\nThe state persists between code executions: so variables that you "
            text += "define in one step are still available thereafter."
        }
        return text + "\n\n"
    }

    private static let name =
        "You are a helpful AI assistant named SmolLM, trained by Hugging Face."
    private static let thinkingAdvice =
        " Your role as an assistant involves thoroughly exploring questions through a systematic "
        + "thinking process before providing the final precise and accurate solutions. This "
        + "requires engaging in a comprehensive cycle of analysis, summarizing, exploration, reassessment, "
        + "reflection, backtracking, and iteration to develop well-considered thinking process. "
        + "Please structure your response into two main sections: Thought and Solution using the "
        + "specified format: <think> Thought section </think> Solution section. In the Thought "
        + "section, detail your reasoning process in steps. Each step should include detailed "
        + "considerations such as analysing questions, summarizing relevant findings, brainstorming "
        + "new ideas, verifying the accuracy of the current steps, refining any errors, and "
        + "revisiting previous steps. In the Solution section, based on various attempts, "
        + "explorations, and reflections from the Thought section, systematically present the final "
        + "solution that you deem correct. The Solution section should be logical, accurate, and "
        + "concise and detail necessary steps needed to reach the conclusion."
}
