// SPDX-License-Identifier: Apache-2.0
// The reading of a kernel's instructions, on small listings in the form that Mesa prints.
#include "ridgeback/gpu/isa.hpp"

#include <gtest/gtest.h>
#include <string>

namespace ridgeback::gpu {
namespace {

// A loop over tiles (BB1) that holds a loop that loads (BB2) and one that multiplies (BB3).
constexpr const char* nested = R"(BB0:
	s_add_u32 s0, 63, s4                                        ; 800004bf
	v_mov_b32_e32 v1, 0                                         ; 7e020280
	s_cbranch_scc0 BB4                                          ; bf840743
BB1:
	v_mul_lo_u32 v9, v9, v9                                     ; d5690009 00021309
BB2:
	buffer_load_dwordx4 v[4:7], v0, s[4:7], 0 offen             ; e0381000 80010400
	v_add_u32_e32 v0, 16, v0                                    ; 4a000090
	s_cbranch_scc1 BB2                                          ; bf85fffa
BB3:
	s_buffer_load_dwordx4 s[4:7], s[0:3], 0x0                   ; f4280100 fa000000
	ds_read_b128 v[8:11], v12                                   ; dbfc0000 0800000c
	s_waitcnt lgkmcnt(0)                                        ; bf8cc07f
	v_fma_f32 v1, v4, s4, v1                                    ; d54b0001 04060904
	v_fmac_f32_e32 v2, v5, v8                                   ; 56041105
	v_pk_fma_f16 v3, v6, v9, v3                                 ; cc0e4003 1c0e1306
	v_xor_b32_e32 v3, v6, v9                                    ; 3a061306
	s_cmp_lt_u32 s8, s9                                         ; bf0a0908
	s_cbranch_scc1 BB3                                          ; bf85ff01
	s_cbranch_scc1 BB1                                          ; bf85ff00
BB4:
	buffer_store_dword v1, v0, s[4:7], 0 offen                  ; e0701000 80010100
	s_endpgm                                                    ; bf810000
)";

TEST(Isa, CountsTheInnermostLoopWithMostVectorWork) {
  const auto loop = busiest_loop(nested, UsefulWork::multiply_add);
  ASSERT_TRUE(loop.has_value());
  EXPECT_EQ(loop->instructions, 9);
  EXPECT_EQ(loop->vector, 4);
  EXPECT_EQ(loop->useful, 3);
  EXPECT_EQ(loop->shared, 1);
  EXPECT_EQ(loop->scalar, 4);
  EXPECT_EQ(loop->loads, 0);
  EXPECT_DOUBLE_EQ(loop->share(), 0.75);
}

TEST(Isa, WhatIsUsefulDependsOnTheKernel) {
  const auto loop = busiest_loop(nested, UsefulWork::bits);
  ASSERT_TRUE(loop.has_value());
  EXPECT_EQ(loop->useful, 1);
}

TEST(Isa, ALoopEndsAtTheLastBranchBack) {
  const auto loop = busiest_loop(
      "BB1:\n\tv_and_b32_e32 v1, v2, v3\n\ts_cbranch_vccz BB1\n\tv_bcnt_u32_b32 v1, v2, v1\n"
      "\tscratch_load_dword v1, off, s0\n\tglobal_load_dword v1, v[2:3], off\n"
      "\tglobal_store_dword v[2:3], v1, off\n\ts_branch BB1\n",
      UsefulWork::bits);
  ASSERT_TRUE(loop.has_value());
  EXPECT_EQ(loop->instructions, 7);
  EXPECT_EQ(loop->vector, 2);
  EXPECT_EQ(loop->useful, 2);
  EXPECT_EQ(loop->scratch, 1);
  EXPECT_EQ(loop->loads, 1);
  EXPECT_EQ(loop->stores, 1);
}

TEST(Isa, PairsThatIssueTogetherAreTwo) {
  const auto loop =
      busiest_loop("BB1:\n\tv_dual_fmac_f32 v1, v2, v3 :: v_dual_mov_b32 v4, v5\n\ts_branch BB1\n",
                   UsefulWork::multiply_add);
  ASSERT_TRUE(loop.has_value());
  EXPECT_EQ(loop->vector, 2);
  EXPECT_EQ(loop->useful, 1);
}

TEST(Isa, WhatIsNoListingHasNoLoop) {
  const std::string forward = "BB0:\n\tv_fma_f32 v1, v2, v3, v1\n\ts_cbranch_scc0 BB1\nBB1:\n";
  for (const std::string& text :
       {std::string(), std::string("\n\n;;;\n:\n::\n"), forward, std::string("s_branch BB1"),
        std::string("BB1:\ns_branch"), std::string("BB1:\n\ts_nop 0\n\ts_branch BB1"),
        std::string("mov eax, ebx\nloop: jmp loop\n"), std::string(5000, ':')}) {
    EXPECT_FALSE(busiest_loop(text, UsefulWork::multiply_add).has_value()) << text;
  }
}

}  // namespace
}  // namespace ridgeback::gpu
