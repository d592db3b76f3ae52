#include "engine/store/describe.h"

#include <algorithm>
#include <fmt/format.h>

#include "engine/base/coding.h"
#include "engine/labels/label_set.h"
#include "engine/store/calendar.h"
#include "engine/store/field_reader.h"
#include "engine/store/id_set.h"
#include "engine/store/keys.h"
#include "engine/store/part.h"

namespace silverback {
namespace {

using Place = RowField::Place;

constexpr size_t kMaxListedIds = 16;

std::string Number(uint64_t value) {
  return fmt::format("{}", value);
}
std::string Time(int64_t value) {
  return FormatTime(value);
}

bool Big32(FieldReader* in, std::string_view name) {
  return in->Read<uint32_t>(name, GetBigEndian32, Number);
}

bool Big64(FieldReader* in, std::string_view name) {
  return in->Read<uint64_t>(name, GetBigEndian64, Number);
}

bool KeyTime(FieldReader* in, std::string_view name) {
  return in->Read<TimestampMs>(name, keys::GetTime, Time);
}

bool Varint(FieldReader* in, std::string_view name) {
  return in->Read<uint64_t>(name, GetVarint, Number);
}

bool Text(FieldReader* in, std::string_view name) {
  return in->Read<std::string_view>(name, GetLengthPrefixed,
                                    [](std::string_view s) { return Quote(s); });
}

bool Crc(FieldReader* in, std::string_view name) {
  return in->Read<uint32_t>(name, GetFixed<uint32_t>,
                            [](uint32_t v) { return fmt::format("{:08x}", v); });
}

void DescribeTheKey(Family family, FieldReader* in) {
  switch (family) {
    case Family::kBlocks:
      if (Big64(in, "part") && !in->done() && Big32(in, "metric") && Big32(in, "series")) {
        KeyTime(in, "first time");
      }
      return;
    case Family::kTimelines:
      if (Big64(in, "part")) Big32(in, "ordinal");
      return;
    case Family::kCatalog:
      Big64(in, "part");
      return;
    case Family::kSeries:
      Big32(in, "series");
      return;
    case Family::kLabels: {
      const auto hex = [](uint64_t v) { return fmt::format("{:016x}", v); };
      if (in->Read<uint64_t>("hash, high half", GetBigEndian64, hex) &&
          in->Read<uint64_t>("hash, low half", GetBigEndian64, hex)) {
        Big32(in, "series");
      }
      return;
    }
    case Family::kPostings: {
      const auto quote = [](const std::string& s) { return Quote(s); };
      if (in->Read<std::string>("label name", keys::GetEscaped, quote) &&
          in->Read<std::string>("label value", keys::GetEscaped, quote)) {
        in->Read<uint16_t>("high half", keys::GetBigEndian16, Number);
      }
      return;
    }
    case Family::kActivity: {
      if (in->Read<Day>("day", keys::GetDay, DayName)) {
        in->Read<uint16_t>("high half", keys::GetBigEndian16, Number);
      }
      return;
    }
    case Family::kExemplars:
      if (Big32(in, "series") && KeyTime(in, "time") && !in->rest().empty()) {
        in->Read<uint64_t>("payload hash", GetBigEndian64, Number);
      }
      return;
    case Family::kMetrics:
      in->Rest("metric name", Quote(in->rest()));
      return;
    case Family::kMetadata:
      in->Rest("metric family", Quote(in->rest()));
      return;
    case Family::kMeta:
      in->Rest("name", Quote(in->rest()));
      return;
    case Family::kTombstones:
      if (Big32(in, "series") && KeyTime(in, "first time") && KeyTime(in, "last time")) {
        in->Read<PartId>("part limit", GetBigEndian64, Number);
      }
      return;
  }
}

bool DescribeMeta(FieldReader* in) {
  const auto byte = [](std::string_view* bytes, uint8_t* value) { return GetFixed(bytes, value); };
  const auto kind = [](uint8_t v) { return std::string(PartKindName(static_cast<PartKind>(v))); };
  const auto state = [](uint8_t v) {
    return std::string(PartStateName(static_cast<PartState>(v)));
  };
  const auto month = [](int64_t v) { return PartitionName(static_cast<Partition>(v)); };
  return in->Read<uint8_t>("version", byte, Number) &&
         in->Read<int64_t>("partition", GetSignedVarint, month) &&
         in->Read<uint8_t>("kind", byte, kind) && in->Read<uint8_t>("state", byte, state) &&
         in->Read<int64_t>("first time", GetSignedVarint, Time) &&
         in->Read<int64_t>("last time", GetSignedVarint, Time) && Varint(in, "first sequence") &&
         Varint(in, "last sequence") && Varint(in, "series") && Varint(in, "samples") &&
         Varint(in, "blocks") && Varint(in, "timelines") && Varint(in, "bytes");
}

void DescribeHeader(FieldReader* in) {
  if (!DescribeMeta(in)) return;
  std::string_view peek = in->rest();
  uint64_t inputs = 0;
  const bool counted = GetVarint(&peek, &inputs);
  if (!Varint(in, "inputs") || !counted) return;
  for (uint64_t i = 0; i < inputs; ++i) {
    if (!Varint(in, "input")) return;
  }
  if (Crc(in, "blocks checksum") && Crc(in, "timelines checksum")) Crc(in, "checksum");
}

void DescribeLabels(FieldReader* in) {
  if (!Big32(in, "metric")) return;
  while (!in->done()) {
    if (!Text(in, "label name") || !Text(in, "label value")) return;
  }
}

void DescribeIds(FieldReader* in) {
  SeriesBitmap ids;
  if (!AddToBitmap(in->rest(), 0, &ids)) {
    in->Fail();
    return;
  }
  constexpr std::string_view kForms[] = {"list", "runs", "bits"};
  std::string text = fmt::format("{} of them as {}:", ids.cardinality(),
                                 kForms[static_cast<size_t>(in->rest()[0] - 1)]);
  size_t listed = 0;
  for (uint32_t id : ids) {
    if (listed++ == kMaxListedIds) {
      text += " ...";
      break;
    }
    text += fmt::format(" {}", id);
  }
  in->Rest("low halves", std::move(text));
}

void DescribeTheValue(Family family, std::string_view key, FieldReader* in) {
  switch (family) {
    case Family::kBlocks: {
      PartId part = 0;
      if (keys::ParsePart(key, &part)) return DescribeHeader(in);
      return in->Rest("block", fmt::format("{} bytes", in->rest().size()));
    }
    case Family::kTimelines:
      return in->Rest("timeline", fmt::format("{} bytes", in->rest().size()));
    case Family::kCatalog:
      DescribeMeta(in);
      return;
    case Family::kSeries:
      return DescribeLabels(in);
    case Family::kMetrics:
      Big32(in, "metric");
      return;
    case Family::kPostings:
    case Family::kActivity:
      return DescribeIds(in);
    case Family::kExemplars:
      return in->Rest("exemplar", fmt::format("{} bytes", in->rest().size()));
    case Family::kMetadata:
      if (Text(in, "type") && Text(in, "help")) Text(in, "unit");
      return;
    case Family::kMeta:
      // The seed guards against crafted hashes: it is not shown.
      if (key == keys::kHashSeed) return in->Rest("number", "(secret)");
      Big64(in, "number");
      return;
    case Family::kLabels:
    case Family::kTombstones:
      return;
  }
}

}  // namespace

std::vector<RowField> DescribeRow(Family family, std::string_view key, std::string_view value) {
  std::vector<RowField> fields;
  {
    FieldReader in(Place::kKey, key, &fields);
    DescribeTheKey(family, &in);
  }
  {
    FieldReader in(Place::kValue, value, &fields);
    DescribeTheValue(family, key, &in);
  }
  return fields;
}

std::string DescribeKey(Family family, std::string_view key) {
  std::vector<RowField> fields;
  {
    FieldReader in(Place::kKey, key, &fields);
    DescribeTheKey(family, &in);
  }
  std::string text;
  for (const RowField& field : fields) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", field.name, field.text);
  }
  return text;
}

bool FamilyNamed(std::string_view name, Family* family) {
  for (size_t i = 0; i < kFamilyCount; ++i) {
    if (name != FamilyName(static_cast<Family>(i))) continue;
    *family = static_cast<Family>(i);
    return true;
  }
  return false;
}

}  // namespace silverback
