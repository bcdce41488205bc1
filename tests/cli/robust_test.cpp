// SPDX-License-Identifier: Apache-2.0
// The sample robust_training: its grid, and that it goes on where it was.
#include "ridgeback/io/folder_lock.hpp"

#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.hpp"
#include "harness/has_text.hpp"

namespace ridgeback::cli_test {
namespace {

using test::has_text;
using Words = std::vector<std::string>;

class Robust : public Program {
 protected:
  [[nodiscard]] RunResult robust(const Words& arguments) const {
    RunOptions options;
    options.program = ROBUST_TRAINING_PROGRAM;
    return run(arguments, options);
  }
  // A program in place of `ridgeback`; returns the options that name it.
  [[nodiscard]] Words program(const std::string& lines) const {
    write("program", "#!/bin/sh\n" + lines);
    std::filesystem::permissions(path("program"), std::filesystem::perms::owner_all);
    return {"--program", path("program")};
  }
  // Files that mark runs as failed.
  [[nodiscard]] Words failures() const {
    Words found;
    for (const std::string& file : files()) {
      if (file.ends_with("failed.txt")) found.push_back(file);
    }
    return found;
  }
};

// The lines "  ridgeback train ..." as lists of options, without the seed, each once.
std::set<Words> commands_of(const std::string& text) {
  std::set<Words> commands;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("  ridgeback train ", 0) != 0) continue;
    std::istringstream words(line.substr(std::string("  ridgeback train ").size()));
    commands.insert(Words(std::istream_iterator<std::string>(words), {}));
  }
  return commands;
}

TEST_F(Robust, EveryCommandOfTheFullGridIsAccepted) {
  write("text.txt", std::string(2000, 'a') + "to be, or not to be");
  const RunResult listed =
      robust({"--list", "--size", "full", "--seeds", "1", "--text", path("text.txt")});
  ASSERT_EQ(listed.status, 0) << listed.errors;
  const std::set<Words> commands = commands_of(listed.output);
  ASSERT_GT(commands.size(), 100U);
  for (const Words& command : commands) {
    std::string line;
    for (const std::string& word : command) line += word + " ";
    // --plan takes what train takes and does everything but run the step.
    const RunResult result = run(Words{"--device", "none", "inspect", "--plan"} + command);
    EXPECT_EQ(result.status, 0) << line << "\n" << result.errors;
  }
}

const Words few{"--only", "precision", "--steps", "2", "--out", "grid"};

TEST_F(Robust, WritesAReportAndSkipsWhatHasEnded) {
  // Trains once and has that run as the result of every other.
  const Words once = program("ridgeback=" RIDGEBACK_PROGRAM R"(
[ "$1" = train ] || exec "$ridgeback" "$@"
for folder; do :; done
[ -d once ] || "$ridgeback" train --steps 2 --hidden 32 --train-samples 256 --out once || exit 1
mkdir -p "$folder"
cp once/* "$folder"
)");
  const RunResult first = robust(few + once);
  ASSERT_EQ(first.status, 0) << first.errors;
  EXPECT_TRUE(has_text(first.errors, {"10 runs to do", "[10/10] precision:"}));
  EXPECT_EQ(first.output, "grid/index.html\n");
  const std::string page = read("grid/index.html"), text = read("grid/report.md");
  EXPECT_TRUE(has_text(page, {"<svg", "<td>fp32, batch norm</td>", "denoise - ste"}));
  EXPECT_TRUE(has_text(text, {"| fp32, batch norm |", "precision-pareto.svg", "--weights 1"}));

  const RunResult second = robust(few + once);
  EXPECT_EQ(second.status, 0) << second.errors;
  EXPECT_TRUE(has_text(second.errors, {"0 runs to do"}));
  EXPECT_EQ(read("grid/report.md"), text);
}

TEST_F(Robust, AFailedRunIsCountedAndTheRestGoesOn) {
  const RunResult result = robust(few + program("echo 'ridgeback: it broke' >&2\nexit 1\n"));
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_TRUE(has_text(result.errors, {"failed: exit status 1: ridgeback: it broke", "[10/10]"}));
  EXPECT_TRUE(has_text(read("grid/report.md"), {"| fp32, batch norm | 1 of 1 failed |"}));
}

TEST_F(Robust, OneGridWritesAFolder) {
  std::filesystem::create_directories(folder() / "grid");
  const io::FolderLock other(path("grid"));
  const RunResult result = robust(few);
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(has_text(result.errors, {"grid: is in use by another process"}));
  EXPECT_EQ(robust(few + Words{"--report-only"}).status, 0) << "reading needs no lock";
}

TEST_F(Robust, ARunOfAnotherProcessIsNoFailedRun) {
  const Words fails = program("exit 1\n");
  ASSERT_EQ(robust(few + fails).status, 0);
  const std::filesystem::path failure = path(failures().at(3));
  std::filesystem::remove(failure);
  const io::FolderLock held(failure.parent_path());
  const RunResult result = robust(few + fails);
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(has_text(result.errors,
                       {failure.parent_path().filename().string(), "in use by another process"}));
  EXPECT_FALSE(std::filesystem::exists(failure));
}

TEST_F(Robust, DrawsTheLossOverTheSteps) {
  const Words trains = program(R"([ "$1" = train ] || exit 1
for folder; do :; done
mkdir -p "$folder"
echo '{"step":50,"test_loss":3.5}' > "$folder/metrics.jsonl"
echo '{"step":100,"test_loss":2.5}' >> "$folder/metrics.jsonl"
echo '{"complete":true,"test_loss":2.5}' > "$folder/summary.json"
)");
  write("text.txt", "to be, or not to be");
  const RunResult result =
      robust(Words{"--only", "language", "--text", path("text.txt"), "--out", "grid"} + trains);
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_TRUE(has_text(read("grid/report.md"), {"2.500", "language-loss.svg"}));
  EXPECT_TRUE(has_text(read("grid/language-loss.svg"),
                       {"fp32", "A1W1, blocks of 64", "denoise", "ste", "validation loss"}));
}

TEST_F(Robust, WhichRunIsDoneWhenChangesNothing) {
  // Fails with what the run is, so that every cell has a text of its own.
  const Words says = program("[ \"$1\" = train ] && echo \"$@\" | sed 's/--out.*//' >&2\nexit 1\n");
  const auto grid = [&](const char* out, const char* jobs) {
    const RunResult result = robust(
        Words{"--only", "precision,sparsity", "--seeds", "2", "--out", out, "--jobs", jobs} + says);
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_TRUE(has_text(result.errors, {"[44/44]", std::string(jobs) + " at a time"}));
    std::string reasons;
    for (const std::string& file : failures()) {
      if (file.starts_with(out))
        reasons += file.substr(std::string(out).size()) + ": " + read(file);
    }
    return read(std::string(out) + "/report.md") + reasons;
  };
  const std::string one = grid("one", "1");
  EXPECT_TRUE(has_text(one, {"2 of 2 failed", "failed.txt: exit status 1: train"}));
  EXPECT_EQ(grid("many", "5"), one);
}

TEST_F(Robust, WrongArgumentsAreNamed) {
  const RunResult study = robust({"--only", "nothing"});
  EXPECT_EQ(study.status, 2);
  EXPECT_TRUE(has_text(study.errors, {"no such study (got nothing", "learning-rate"}));
  const RunResult program = robust({"--program", "not/there"});
  EXPECT_EQ(program.status, 2);
  EXPECT_TRUE(has_text(program.errors, {"--program", "not/there"}));
  EXPECT_EQ(robust({"--size", "huge"}).status, 2);
  EXPECT_EQ(robust({"--jobs", "0"}).status, 2);
  EXPECT_TRUE(files().empty()) << "nothing is made before the options are known to be right";
}

}  // namespace
}  // namespace ridgeback::cli_test
