// SPDX-License-Identifier: Apache-2.0
// The numbers of the SPIR-V specification that reflection reads.
#pragma once

#include <cstdint>

namespace ridgeback::gpu::spv {

inline constexpr std::uint32_t magic = 0x07230203;

enum Op : std::uint16_t {
  op_entry_point = 15,
  op_execution_mode = 16,
  op_capability = 17,
  op_type_bool = 20,
  op_type_int = 21,
  op_type_float = 22,
  op_type_vector = 23,
  op_type_matrix = 24,
  op_type_image = 25,
  op_type_sampled_image = 27,
  op_type_array = 28,
  op_type_runtime_array = 29,
  op_type_struct = 30,
  op_type_pointer = 32,
  op_constant_true = 41,
  op_constant_false = 42,
  op_constant = 43,
  op_constant_composite = 44,
  op_constant_null = 46,
  op_spec_constant_true = 48,
  op_spec_constant_false = 49,
  op_spec_constant = 50,
  op_spec_constant_composite = 51,
  op_spec_constant_op = 52,
  op_function = 54,
  op_function_end = 56,
  op_function_call = 57,
  op_variable = 59,
  op_decorate = 71,
  op_member_decorate = 72,
  op_execution_mode_id = 331,
};

// Operations inside OpSpecConstantOp.
enum Compute : std::uint32_t {
  compute_composite_extract = 81,
  compute_uconvert = 113,
  compute_sconvert = 114,
  compute_snegate = 126,
  compute_iadd = 128,
  compute_isub = 130,
  compute_imul = 132,
  compute_udiv = 134,
  compute_sdiv = 135,
  compute_umod = 137,
  compute_srem = 138,
  compute_smod = 139,
  compute_logical_equal = 164,
  compute_logical_not_equal = 165,
  compute_logical_or = 166,
  compute_logical_and = 167,
  compute_logical_not = 168,
  compute_select = 169,
  compute_iequal = 170,
  compute_inot_equal = 171,
  compute_ugreater = 172,
  compute_sgreater = 173,
  compute_ugreater_equal = 174,
  compute_sgreater_equal = 175,
  compute_uless = 176,
  compute_sless = 177,
  compute_uless_equal = 178,
  compute_sless_equal = 179,
  compute_shift_right = 194,
  compute_shift_right_signed = 195,
  compute_shift_left = 196,
  compute_or = 197,
  compute_xor = 198,
  compute_and = 199,
  compute_not = 200,
};

enum Decoration : std::uint32_t {
  decoration_spec_id = 1,
  decoration_array_stride = 6,
  decoration_matrix_stride = 7,
  decoration_built_in = 11,
  decoration_non_writable = 24,
  decoration_non_readable = 25,
  decoration_binding = 33,
  decoration_descriptor_set = 34,
  decoration_offset = 35,
};

enum StorageClass : std::uint32_t {
  storage_uniform_constant = 0,
  storage_uniform = 2,
  storage_workgroup = 4,
  storage_push_constant = 9,
  storage_buffer = 12,
};

inline constexpr std::uint32_t dim_buffer = 5;
inline constexpr std::uint32_t model_gl_compute = 5;
inline constexpr std::uint32_t mode_local_size = 17;
inline constexpr std::uint32_t mode_local_size_id = 38;
inline constexpr std::uint32_t built_in_workgroup_size = 25;

}  // namespace ridgeback::gpu::spv
