using CsCheck;
using Postfleet.Core.Units;
using Xunit;

namespace Postfleet.Core.Tests.Units;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("25MB", 25_000_000)]
    [InlineData("64 kb", 64_000)]
    [InlineData("1GB", 1_000_000_000)]
    [InlineData("512B", 512)]
    [InlineData("512", 512)]
    [InlineData("0", 0)]
    public void Sizes_are_read(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var size));
        Assert.Equal(bytes, size.Bytes);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("MB")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.5MB")]
    [InlineData("1MiB")]
    [InlineData("1TB")]
    [InlineData("9223372036854775808")]
    [InlineData("9223372037GB")]
    public void An_invalid_size_is_refused(string? text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1_500, "1500B")]
    [InlineData(64_000, "64KB")]
    [InlineData(25_000_000, "25MB")]
    [InlineData(2_000_000_000, "2GB")]
    public void The_largest_exact_unit_is_written(long bytes, string text) => Assert.Equal(text, new ByteSize(bytes).ToString());

    [Fact]
    public void A_formatted_size_parses_as_the_same_size() =>
        Gen.OneOf(Gen.Long[0, long.MaxValue], Gen.Long[0, 9_000_000].Select(number => number * 1000)).Sample(bytes =>
            ByteSize.TryParse(new ByteSize(bytes).ToString(), out var read) && read.Bytes == bytes);
}
