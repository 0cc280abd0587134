// json_simdjson.cpp: see json_peers.h.
#include <simdjson.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "bench/json_peers.h"

namespace {

char padded[1 << 16];

simdjson::padded_string_view copy(ff_slice line)
{
    if (line.len + simdjson::SIMDJSON_PADDING > sizeof padded)
        std::abort();
    std::memcpy(padded, line.ptr, line.len);
    return simdjson::padded_string_view(padded, line.len, sizeof padded);
}

bool is_one_of(std::string_view key, std::initializer_list<std::string_view> keys)
{
    for (std::string_view k : keys)
        if (k == key)
            return true;
    return false;
}

uint64_t read(simdjson::ondemand::value value)
{
    switch (value.type()) {
    case simdjson::ondemand::json_type::string:
        return std::string_view(value.get_string()).size();
    case simdjson::ondemand::json_type::number:
        return uint64_t(value.get_number().value().get_int64());
    default:
        return 0;
    }
}

uint64_t read_record(simdjson::ondemand::object record)
{
    uint64_t sum = 0;
    for (auto field : record) {
        std::string_view key = field.unescaped_key();
        if (is_one_of(key, {"type", "id", "sender", "recipient", "queue", "size", "timestamp", "event_time", "created", "created_time", "num_attempts",
                            "bounce_classification", "egress_pool", "egress_source", "delivery_protocol", "reception_protocol", "nodeid", "provider_name"})) {
            sum += read(field.value());
        } else if (is_one_of(key, {"response", "peer_address", "source_address", "meta", "headers"})) {
            simdjson::ondemand::value value = field.value();
            if (value.type() != simdjson::ondemand::json_type::object)
                continue;
            for (auto inner : value.get_object()) {
                std::string_view name = inner.unescaped_key();
                if (is_one_of(name, {"code", "content", "command", "name", "addr", "address", "tenant", "campaign", "stream", "From", "Message-ID"})) {
                    sum += read(inner.value());
                } else if (name == "enhanced_code") {
                    simdjson::ondemand::value enhanced = inner.value();
                    if (enhanced.type() == simdjson::ondemand::json_type::object)
                        for (auto digit : enhanced.get_object())
                            sum += read(digit.value());
                }
            }
        }
    }
    return sum;
}

} // namespace

uint64_t peer_simdjson_dom(const ff_slice *lines, size_t count)
{
    static simdjson::dom::parser parser;
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        copy(lines[i]);
        sum += simdjson::dom::object(parser.parse(padded, lines[i].len, false)).size();
    }
    return sum;
}

uint64_t peer_simdjson_ondemand(const ff_slice *lines, size_t count)
{
    static simdjson::ondemand::parser parser;
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        simdjson::ondemand::document doc = parser.iterate(copy(lines[i]));
        sum += read_record(doc.get_object());
    }
    return sum;
}

const char *peer_simdjson_name(void)
{
    static const std::string name = simdjson::get_active_implementation()->name();
    return name.c_str();
}
