using Postfleet.Spool.Storage;

namespace Postfleet.Spool.Tests.Storage;

public sealed class StoredTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("a\0b", "a\ufffdb")]
    [InlineData("\ud83d\ude00", "\ud83d\ude00")]
    public void Characters_that_cannot_be_stored_are_replaced(string text, string stored) =>
        Assert.Equal(stored, StoredText.Clean(text));

    [Fact]
    public void Half_a_surrogate_pair_is_replaced()
    {
        Assert.Equal("\ufffdx\ufffd", StoredText.Clean(new string(['\ud83d', 'x', '\ude00'])));
        Assert.Equal("\ufffd\ufffd", StoredText.Clean(new string(['\ude00', '\ud83d'])));
    }

    [Fact]
    public void No_text_stays_no_text() => Assert.Null(StoredText.Clean(null));
}
