// Sample messages in the shape that encoders give almost all of them, several at once. Private to this folder.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/base/types.h"

namespace silverback::wire {

/// Takes sample fields (field 2 of a TimeSeries, whole with their tags) from the front of `*fields`, at most `limit` of them, and
/// adds them to `*samples`; stops before the first that is not of one of two shapes: a value and then a timestamp of six
/// bytes (years 1971 to 2109), or the timestamp alone, as the value 0 is left out. What it leaves is no error: the general
/// decoder (sample_message.h) reads the same of these messages, and any other. Says how many.
size_t TakeSampleRun(std::string_view* fields, size_t limit, std::vector<Sample>* samples);

}  // namespace silverback::wire
