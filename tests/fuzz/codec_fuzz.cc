// Vectors of values by each codec, and the head's chunks. Input: 1 byte codec (0: a chunk), 2 bytes count, the payload.
#include <random>
#include <string>
#include <vector>

#include "fuzz.h"

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/base/value.h"
#include "engine/codec/codec.h"
#include "engine/codec/gorilla_chunk.h"

namespace silverback {
namespace {

void ReadChunk(std::string_view bytes, uint32_t count) {
  GorillaReader reader(bytes, count);
  std::vector<Sample> samples(count);
  const uint32_t read = reader.ReadAll(samples.data());
  SB_CHECK_LE(read, count);
  SB_CHECK_EQ(reader.truncated(), read < count);
}

void ReadVector(const codec::Codec& codec, std::string_view bytes, uint32_t count) {
  // Room for what is asked and no more, so that a sanitizer sees each write beyond it.
  std::vector<double> all(count);
  const bool decoded = codec.decode(bytes, count, 0, count, all.data());
  const uint32_t begin = count / 3;
  const uint32_t end = count - count / 4;
  std::vector<double> window(end - begin);
  codec.decode(bytes, count, begin, end, window.data());
  for (uint32_t i = 0; i < count; i += 1 + count / 32) {
    double value = 0;
    codec.value_at(bytes, count, i, &value);
  }
  if (!decoded) return;
  // Any values at all can be encoded again, and come back.
  std::string encoded;
  if (!codec.encode(all, &encoded)) return;
  std::vector<double> again(count);
  SB_CHECK(codec.decode(encoded, count, 0, count, again.data()));
  for (uint32_t i = 0; i < count; ++i) SB_CHECK(SameBits(all[i], again[i]));
}

}  // namespace
}  // namespace silverback

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace silverback;
  std::string_view in(reinterpret_cast<const char*>(data), size);
  uint8_t id = 0;
  uint16_t stored_count = 0;
  if (!GetFixed(&in, &id) || !GetFixed(&in, &stored_count)) return 0;
  const uint32_t count = stored_count % codec::kMaxVectorValues + 1;
  if (id == 0) ReadChunk(in, count);
  if (const codec::Codec* codec = codec::FindCodec(id)) ReadVector(*codec, in, count);
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  using namespace silverback;
  std::mt19937_64 random(1);
  std::vector<std::string> seeds;
  const auto add = [&](uint8_t id, size_t count, std::string_view payload) {
    std::string& seed = seeds.emplace_back();
    PutFixed(&seed, id);
    PutFixed(&seed, static_cast<uint16_t>(count - 1));
    seed.append(payload);
  };
  for (const size_t count : {1, 5, 60, 300, 1024}) {
    std::vector<std::vector<double>> columns(5, std::vector<double>(count));
    for (size_t i = 0; i < count; ++i) {
      const size_t before = i == 0 ? 0 : i - 1;
      columns[0][i] = 1;
      columns[1][i] = static_cast<double>(i / 9 * 7 % 13);
      columns[2][i] =
          random() % 90 == 0 ? 0 : columns[2][before] + static_cast<double>(random() % 50);
      columns[3][i] =
          random() % 30 == 0 ? ValueOf(kStaleNanBits) : static_cast<double>(random() % 5000) / 100;
      columns[4][i] = columns[4][before] + static_cast<double>(random() >> 11) * 0x1p-53;
    }
    for (const auto& values : columns) {
      GorillaChunk chunk;
      for (size_t i = 0; i < count; ++i) {
        chunk.Append(static_cast<TimestampMs>(i * 15000 + (i % 50 == 49 ? 3 : 0)), values[i]);
      }
      add(0, count, chunk.bytes());
      for (const codec::Codec& codec : codec::AllCodecs()) {
        std::string encoded;
        if (codec.encode(values, &encoded)) add(static_cast<uint8_t>(codec.id), count, encoded);
      }
    }
  }
  return seeds;
}
