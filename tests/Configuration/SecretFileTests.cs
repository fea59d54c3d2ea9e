using Postfleet.Testing;
using Xunit;

namespace Postfleet.Configuration.Tests;

public sealed class SecretFileTests : IDisposable
{
    private readonly TempFolder _folder = new("secret");

    private string Path => _folder["secret"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("secret", "secret")]
    [InlineData("secret\n", "secret")]
    [InlineData("secret\r\n", "secret")]
    [InlineData(" a;b'c\"d=e ", " a;b'c\"d=e ")]
    [InlineData("pässword\n", "pässword")]
    public void Secret_is_the_line_without_its_end(string text, string secret)
    {
        File.WriteAllText(Path, text);
        Assert.Null(SecretFile.TryRead(Path, out var read));
        Assert.Equal(secret, read);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\n\n", "is empty")]
    [InlineData("one\ntwo", "holds more than a line of text")]
    [InlineData("nul\0", "holds more than a line of text")]
    public void File_without_one_line_is_refused(string text, string fault)
    {
        File.WriteAllText(Path, text);
        Assert.Equal(fault, SecretFile.TryRead(Path, out var read));
        Assert.Empty(read);
    }

    [Fact]
    public void File_of_other_octets_is_refused()
    {
        File.WriteAllBytes(Path, [0x70, 0xE4]);
        Assert.Equal("is not UTF-8", SecretFile.TryRead(Path, out _));
    }

    [Fact]
    public void Huge_file_is_read_up_to_the_limit()
    {
        using (var file = File.OpenWrite(Path)) file.SetLength(1L << 33);
        Assert.Equal("has more than 65536 octets", SecretFile.TryRead(Path, out _));
    }

    [Fact]
    public void Device_is_refused() => Assert.Equal("is a device; allowed: a regular file", SecretFile.TryRead("/dev/zero", out _));

    [Fact]
    public void Largest_file_is_allowed()
    {
        File.WriteAllText(Path, new string('x', SecretFile.MaxLength));
        Assert.Null(SecretFile.TryRead(Path, out var read));
        Assert.Equal(SecretFile.MaxLength, read.Length);
    }

    [Fact]
    public void Missing_file_is_refused_in_one_line()
    {
        var fault = SecretFile.TryRead(Path, out _);
        Assert.StartsWith("cannot be read: ", fault, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault!);
    }

    [Fact]
    public void Changed_file_is_read_again_and_its_last_secret_outlives_the_file()
    {
        var file = new SecretFile(Path);
        Assert.Throws<IOException>(file.Read);
        File.WriteAllText(Path, "first\n");
        Assert.Equal("first", file.Read());
        File.WriteAllText(Path, "second\n");
        Assert.Equal("second", file.Read());
        File.Delete(Path);
        Assert.Equal("second", file.Read());
        File.WriteAllText(Path, "third\n");
        Assert.Equal("third", file.Read());
    }
}
