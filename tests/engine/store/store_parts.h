// What the store's tests share: opening one, writing a part with known rows, reading it back.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/store/id_set.h"
#include "engine/store/keys.h"
#include "engine/store/store.h"
#include "tests/support/temporary_directory.h"

namespace silverback {
inline constexpr TimestampMs kNovember = 1'793'491'200'000;  // 2026-11-01T00:00:00Z

inline std::unique_ptr<Store> OpenStore(const std::string& path,
                                        std::function<void(std::string_view)> at_point = {}) {
  StoreOptions options;
  options.path = path;
  options.block_cache_bytes = 8 << 20;
  options.testing_point = std::move(at_point);
  auto store = Store::Open(options);
  INFO((store.ok() ? "" : MessageOf(store.status())));
  REQUIRE(store.ok());
  return std::move(store).value();
}

inline void RequireOk(const Status& status) {
  INFO(MessageOf(status));
  REQUIRE(status.ok());
}

/// Bytes that no compression makes fewer.
inline std::string Noise(size_t bytes, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string noise(bytes, 0);
  for (char& byte : noise) byte = static_cast<char>(random());
  return noise;
}

using Rows = std::map<BlockKey, std::string>;

// A part with `blocks` blocks for each of the series 1 to `series` of metric 1 + series % 3, six hours apart.
inline FinishedPart WritePart(Store* store, uint32_t series, int blocks, Sequence first,
                              Sequence last, Rows* rows = nullptr, std::vector<PartId> inputs = {},
                              PartKind kind = PartKind::kInOrder,
                              uint64_t max_file_bytes = NewPart().max_file_bytes) {
  NewPart spec;
  spec.max_file_bytes = max_file_bytes;
  spec.partition = PartitionOf(kNovember);
  spec.kind = kind;
  spec.first_sequence = first;
  spec.last_sequence = last;
  spec.inputs = std::move(inputs);
  auto writer = store->NewPartWriter(spec);
  REQUIRE(writer.ok());
  Rows written;
  for (SeriesId id = 1; id <= series; ++id) {
    for (int b = 0; b < blocks; ++b) {
      const BlockKey key{1 + id % 3, id, kNovember + b * 6 * 3'600'000LL};
      written[key] = fmt::format("block {} {} {}", id, b,
                                 Noise(id * 37 % 5'000, id * 100 + static_cast<uint64_t>(b)));
    }
  }
  REQUIRE((*writer)->AddTimeline("timeline zero").value() == 0);
  for (const auto& [key, value] : written) {
    RequireOk((*writer)->AddBlock(key, key.first_ms + 3'600'000, 240, value));
  }
  REQUIRE((*writer)->AddTimeline("timeline one").value() == 1);
  auto part = (*writer)->Finish();
  REQUIRE(part.ok());
  if (rows != nullptr) *rows = std::move(written);
  return std::move(part).value();
}

template <typename... Parts>
CatalogEdit Edit(std::vector<PartId> dead, std::optional<Sequence> sealed, Parts&&... parts) {
  CatalogEdit edit;
  (edit.new_parts.push_back(std::move(parts)), ...);
  edit.dead = std::move(dead);
  edit.sealed_through = sealed;
  return edit;
}

inline Rows ReadAll(const Store& store, PartId part) {
  auto cursor = store.NewCursor(part, {});
  INFO((cursor.ok() ? "" : MessageOf(cursor.status())));
  REQUIRE(cursor.ok());
  Rows rows;
  for ((*cursor)->SeekToFirst(); (*cursor)->valid(); (*cursor)->Next()) {
    rows[(*cursor)->key()] = (*cursor)->value();
  }
  RequireOk((*cursor)->status());
  return rows;
}

inline std::vector<PartId> LiveIds(const Store& store) {
  std::vector<PartId> ids;
  for (const PartMeta& part : *store.live_parts()) ids.push_back(part.id);
  return ids;
}

// The bits of all activity rows of one day, as text.
inline std::set<uint32_t> ActiveOn(Store* store, Day day) {
  SeriesBitmap bitmap;
  KvCursor rows = store->kv().NewCursor(Family::kActivity, keys::ActivityPrefix(day));
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    Day parsed = 0;
    uint16_t high = 0;
    REQUIRE(keys::ParseActivity(rows.key(), &parsed, &high));
    REQUIRE(AddToBitmap(rows.value(), high, &bitmap));
  }
  std::vector<uint32_t> ids(bitmap.cardinality());
  bitmap.toUint32Array(ids.data());
  return {ids.begin(), ids.end()};
}

}  // namespace silverback
