// What a fuzz target defines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Feeds the bytes to the decoder. Aborts (SB_CHECK) when a promise is broken; returns 0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/// Inputs to start from: what the encoder makes, so that mutations get past the first checks. At least one.
std::vector<std::string> FuzzSeeds();
