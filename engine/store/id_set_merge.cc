#include "engine/store/id_set_merge.h"

#include <deque>
#include <vector>

#include "engine/store/id_set.h"
#include "engine/store/rocks_status.h"

namespace silverback {
namespace {

class IdSetMergeOperator final : public rocksdb::MergeOperator {
 public:
  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    uint32_t count = 0;
    if (in.existing_value == nullptr && in.operand_list.size() == 1) {
      // Most rows of labels with many values: passed on as they are.
      out->existing_operand = in.operand_list.front();
      return CountIds(ToView(out->existing_operand), &count);
    }
    std::vector<std::string_view> sets;
    sets.reserve(in.operand_list.size() + 1);
    if (in.existing_value != nullptr) sets.push_back(ToView(*in.existing_value));
    for (const rocksdb::Slice& operand : in.operand_list) sets.push_back(ToView(operand));
    return UniteIdSets(sets, &out->new_value);
  }

  bool PartialMergeMulti(const rocksdb::Slice& /*key*/, const std::deque<rocksdb::Slice>& operands,
                         std::string* merged, rocksdb::Logger* /*logger*/) const override {
    std::vector<std::string_view> sets;
    sets.reserve(operands.size());
    for (const rocksdb::Slice& operand : operands) sets.push_back(ToView(operand));
    return UniteIdSets(sets, merged);
  }

  bool PartialMerge(const rocksdb::Slice& /*key*/, const rocksdb::Slice& left,
                    const rocksdb::Slice& right, std::string* merged,
                    rocksdb::Logger* /*logger*/) const override {
    const std::string_view sets[] = {ToView(left), ToView(right)};
    return UniteIdSets(sets, merged);
  }

  const char* Name() const override { return "silverback.id_set"; }
};

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> NewIdSetMergeOperator() {
  return std::make_shared<IdSetMergeOperator>();
}

}  // namespace silverback
