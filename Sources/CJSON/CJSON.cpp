#include "CJSON.h"

#include <simdjson.h>

#include <memory>
#include <new>

struct smv_json {
    simdjson::dom::parser parser;
};

extern "C" smv_json *smv_json_parse(const uint8_t *bytes, size_t count, const char **reason) {
    std::unique_ptr<smv_json> document(new (std::nothrow) smv_json);
    if (!document) {
        *reason = "out of memory";
        return nullptr;
    }
    simdjson::dom::element root;
    auto error =
        document->parser.parse(reinterpret_cast<const char *>(bytes), count, true).get(root);
    if (error) {
        *reason = simdjson::error_message(error);
        return nullptr;
    }
    return document.release();
}

extern "C" void smv_json_free(smv_json *document) { delete document; }

extern "C" const uint64_t *smv_json_tape(const smv_json *document, size_t *count) {
    const uint64_t *tape = document->parser.doc.tape.get();
    *count = size_t(tape[0] & simdjson::internal::JSON_VALUE_MASK);
    return tape;
}

extern "C" const uint8_t *smv_json_strings(const smv_json *document) {
    return document->parser.doc.string_buf.get();
}
