#include "engine/store/part_verify.h"

#include <optional>

#include "engine/base/hash.h"
#include "engine/store/keys.h"

namespace silverback {
namespace {

Status Expect(PartId part, std::string_view what, uint64_t found, uint64_t wanted) {
  if (found == wanted) return absl::OkStatus();
  return DataLoss("part {}: {} is {}, its header says {}", part, what, found, wanted);
}

Status VerifyTimelines(const Kv& kv, const PartHeader& header) {
  const PartId part = header.meta.id;
  uint64_t count = 0;
  uint32_t crc = 0;
  KvCursor rows = kv.NewCursor(Family::kTimelines, keys::PartPrefix(part));
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    crc = Crc32c(rows.value(), Crc32c(rows.key(), crc));
    ++count;
  }
  RETURN_IF_ERROR(WithContext(rows.status(), fmt::format("part {}", part)));
  RETURN_IF_ERROR(Expect(part, "the number of timelines", count, header.meta.timelines));
  return Expect(part, "the checksum of the timelines", crc, header.timelines_crc);
}

}  // namespace

Status VerifyPartRows(const Kv& kv, const PartHeader& header, BlockCursor* cursor,
                      const std::function<Status(const BlockKey&, std::string_view)>& visit) {
  const PartId part = header.meta.id;
  uint64_t blocks = 0;
  uint64_t series = 0;
  uint32_t crc = 0;
  std::optional<SeriesId> last;
  for (cursor->SeekToFirst(); cursor->valid(); cursor->Next()) {
    const BlockKey key = cursor->key();
    crc = Crc32c(cursor->value(), Crc32c(keys::Block(part, key), crc));
    ++blocks;
    series += last != key.series ? 1 : 0;
    last = key.series;
    if (visit) RETURN_IF_ERROR(visit(key, cursor->value()));
  }
  RETURN_IF_ERROR(cursor->status());
  RETURN_IF_ERROR(Expect(part, "the number of blocks", blocks, header.meta.blocks));
  RETURN_IF_ERROR(Expect(part, "the number of series", series, header.meta.series));
  RETURN_IF_ERROR(Expect(part, "the checksum of the blocks", crc, header.blocks_crc));
  return VerifyTimelines(kv, header);
}

}  // namespace silverback
