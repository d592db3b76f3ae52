// A store and a registry in a folder of their own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/index/registry.h"
#include "engine/store/store.h"
#include "tests/support/status_checks.h"
#include "tests/support/temporary_directory.h"

namespace silverback {

struct IndexFixture {
  explicit IndexFixture(uint64_t max = 0) : max_series(max) { Open(directory.File("db")); }

  void Open(const std::string& path) {
    registry.reset();
    store.reset();
    StoreOptions options;
    options.path = path;
    options.block_cache_bytes = 16 << 20;
    store = Value(Store::Open(options));
    registry = Value(Registry::Open(store.get(), {.max_series = max_series}));
  }

  std::vector<SeriesRef> Create(const std::vector<LabelSet>& labels) {
    std::vector<SeriesRef> refs(labels.size());
    RequireOk(registry->GetOrCreate(labels, refs));
    return refs;
  }
  SeriesRef Create(const LabelSet& labels) { return Create(std::vector<LabelSet>{labels})[0]; }

  TemporaryDirectory directory;
  uint64_t max_series;
  std::unique_ptr<Store> store;
  std::unique_ptr<Registry> registry;
};

}  // namespace silverback
