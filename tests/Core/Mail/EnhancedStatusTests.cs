using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Testing.Generators;
using Xunit;

namespace Postfleet.Core.Tests.Mail;

public sealed class EnhancedStatusTests
{
    [Fact]
    public void The_text_form_reads_back() => ValueGen.Status.Sample(status =>
    {
        Assert.True(EnhancedStatus.TryParse(status.ToString(), out var read));
        Assert.Equal(status, read);
        Assert.True(EnhancedStatus.TryParsePrefix($"{status} text", out read));
        Assert.Equal(status, read);
    });

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5.1")]
    [InlineData("5.1.1.1")]
    [InlineData("3.1.1")]
    [InlineData("55.1.1")]
    [InlineData("5.1000.1")]
    [InlineData("5..1")]
    [InlineData("5.-1.1")]
    [InlineData("5. 1.1")]
    [InlineData("5.1.1 ")]
    [InlineData("5.1.x")]
    [InlineData("5.1.1\0")]
    [InlineData("٥.1.1")]
    public void Other_text_is_refused(string text) => Assert.False(EnhancedStatus.TryParse(text, out _));

    [Theory]
    [InlineData("5.1.1", true)]
    [InlineData("5.1.1 no such user", true)]
    [InlineData("5.1.1\nno such user", true)]
    [InlineData("5.1.1: no such user", false)]
    [InlineData("no such user", false)]
    [InlineData(null, false)]
    public void A_code_at_the_start_of_a_text_ends_with_a_space_or_a_line(string? text, bool found)
    {
        Assert.Equal(found, EnhancedStatus.TryParsePrefix(text, out var status));
        if (found) Assert.Equal(new EnhancedStatus(5, 1, 1), status);
    }

    [Theory]
    [InlineData(3, 0, 0)]
    [InlineData(0, 0, 0)]
    [InlineData(5, -1, 0)]
    [InlineData(5, 1000, 0)]
    [InlineData(5, 0, -1)]
    [InlineData(5, 0, 1000)]
    public void Numbers_out_of_bounds_throw(int @class, int subject, int detail) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new EnhancedStatus(@class, subject, detail));

    [Fact]
    public void Numbers_of_stored_formats_read_back()
    {
        Assert.Equal(5_001_010, new EnhancedStatus(5, 1, 10).ToNumber());
        Assert.Equal(new EnhancedStatus(5, 1, 10), EnhancedStatus.FromNumber(5_001_010));
        Assert.Equal(new EnhancedStatus(2, 999, 999), EnhancedStatus.FromNumber(2_999_999));
        Assert.Null(EnhancedStatus.FromNumber(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => EnhancedStatus.FromNumber(3_000_000));
    }

    [Fact]
    public void Hostile_text_never_throws_and_parsed_text_reads_back() =>
        Gen.OneOf(AddressGen.Hostile, Gen.Char["245.01 x\n\0"].Array[0, 10].Select(chars => new string(chars))).Sample(text =>
        {
            if (!EnhancedStatus.TryParsePrefix(text, out var status)) return;
            Assert.True(EnhancedStatus.TryParse(status.ToString(), out var read));
            Assert.Equal(status, read);
        }, iter: 20_000);
}
