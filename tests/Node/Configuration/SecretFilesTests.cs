using Postfleet.Configuration;
using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>Files with the password of the database or with a token are checked before the node starts.</summary>
public sealed class SecretFilesTests : IDisposable
{
    private readonly Sources _sources = new() { ChecksFiles = true };

    public void Dispose() => _sources.Dispose();

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\n", "is empty")]
    [InlineData("one\ntwo\n", "holds more than a line of text")]
    public void Database_password_file_without_a_password_is_refused(string text, string reason)
    {
        _sources.Write(text, "password");
        _sources.Arguments.AddRange(
            ["--Storage:Provider=postgres", "--Storage:ConnectionString=Host=db;Username=mail", "--Storage:PasswordFile=password"]);

        Assert.Equal(
            $"Storage:PasswordFile is 'password', which {reason}; allowed: a file with the password in one line", _sources.LoadError());
    }

    /// <summary>A device or a log file by mistake must not fill the memory.</summary>
    [Theory]
    [InlineData("Storage:PasswordFile")]
    [InlineData("Admin:TokenFile")]
    public void Huge_file_with_a_secret_is_refused(string key)
    {
        _sources.Write(new string('x', SecretFile.MaxLength + 1), "secret");
        _sources.Arguments.Add($"--{key}=secret");
        Assert.StartsWith(
            $"{key} is 'secret', which has more than 65536 octets; allowed: ", _sources.LoadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Storage:PasswordFile")]
    [InlineData("Admin:TokenFile")]
    public void Folder_in_place_of_a_file_with_a_secret_is_refused(string key)
    {
        _sources.Arguments.Add($"--{key}=/");
        Assert.StartsWith($"{key} is '/', which cannot be read: ", _sources.LoadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Password=x", "Password")]
    [InlineData("PWD=x", "Password")]
    [InlineData("Passfile=/etc/hostname", "Passfile")]
    public void Database_password_in_two_places_is_refused(string part, string key)
    {
        _sources.Write("secret", "password");
        _sources.Arguments.AddRange(
            ["--Storage:Provider=postgres", $"--Storage:ConnectionString=Host=db;{part}", "--Storage:PasswordFile=password"]);

        Assert.Equal(
            $"Storage:PasswordFile is set and Storage:ConnectionString has {key}; allowed: one of them", _sources.LoadError());
    }

    [Theory]
    [InlineData("", "holds no token")]
    [InlineData("two words\n", "holds more than a token of letters, digits and -._~+/=")]
    public void A_token_file_without_a_token_is_refused(string text, string reason)
    {
        _sources.Write(text, "token");
        _sources.Arguments.Add("--Admin:TokenFile=token");

        Assert.Equal($"Admin:TokenFile is 'token', which {reason}; allowed: a file with a token", _sources.LoadError());
    }
}
