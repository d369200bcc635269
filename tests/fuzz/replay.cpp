// Runs a fuzz target over the files of directories, without libFuzzer and with any compiler: what a
// run has found once is asked again in every test run. A target that finds fault ends the process.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

int main(int count, char** directories) {
    std::size_t files = 0;
    for (int i = 1; i < count; ++i)
        for (auto const& entry : std::filesystem::directory_iterator(directories[i])) {
            std::ifstream in(entry.path(), std::ios::binary);
            std::string const bytes{std::istreambuf_iterator<char>(in), {}};
            // Said before: a fault leaves the name behind.
            std::printf("%s\n", entry.path().c_str());
            std::fflush(stdout);
            (void)LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(bytes.data()),
                                         bytes.size());
            ++files;
        }
    std::printf("%zu files\n", files);
    return files == 0 ? 1 : 0;
}
