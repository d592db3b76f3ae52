// Numbers as Prometheus writes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace silverback {

/// What the writers of numbers may write to: their text, of at most 28 bytes, and what they overwrite behind it.
constexpr size_t kNumberRoom = 64;

/// Writes what `AppendDouble`, `AppendTimestamp` and `AppendInteger` append to `at`, where `kNumberRoom` bytes may be
/// written; returns the end of the text.
char* WriteDouble(char* at, double value);
char* WriteTimestamp(char* at, int64_t timestamp_ms);
char* WriteInteger(char* at, int64_t value);
char* WriteInteger(char* at, uint64_t value);

/// Appends `value` with the fewest digits that read back as the same double, as Go's `strconv` does with format 'f':
/// "0.1", "100000000000000000000", "NaN", "+Inf". Never an exponent. At most about 330 bytes.
void AppendDoubleFixed(std::string* out, double value);

/// The same, but magnitudes below 1e-6 and from 1e21 on have an exponent of at least two digits ("1e-07", "1e+21"):
/// how sample values stand in JSON.
void AppendDouble(std::string* out, double value);

/// As Go's format 'g': an exponent below 1e-4 and from 1e6 on ("1e+06", "1.234567e+06"). How numbers stand in the text
/// exposition format.
void AppendDoubleGeneral(std::string* out, double value);

/// Appends milliseconds as seconds, with exactly three decimals or none: "1435781451.781", "-0.050", "12".
void AppendTimestamp(std::string* out, int64_t timestamp_ms);

void AppendInteger(std::string* out, int64_t value);
void AppendInteger(std::string* out, uint64_t value);

}  // namespace silverback
