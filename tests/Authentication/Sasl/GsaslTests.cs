using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Core.Users;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Authentication.Tests.Sasl;

/// <summary>GNU SASL as a client of each mechanism, over a dialogue of SMTP.</summary>
public sealed class GsaslTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly MailUser User = Accounts.User("tim", "tanst=aaf, 1", ("phone", "crayon", null));

    [Theory]
    [InlineData("SCRAM-SHA-256", "tim", "tanst=aaf, 1", SaslStepKind.Succeeded)]
    [InlineData("SCRAM-SHA-256", "tim/phone", "crayon", SaslStepKind.Succeeded)]
    [InlineData("SCRAM-SHA-256", "tim", "crayon", SaslStepKind.Failed)]
    [InlineData("SCRAM-SHA-1", "tim", "tanst=aaf, 1", SaslStepKind.Succeeded)]
    [InlineData("PLAIN", "tim", "tanst=aaf, 1", SaslStepKind.Succeeded)]
    [InlineData("LOGIN", "tim", "tanst=aaf, 1", SaslStepKind.Succeeded)]
    [InlineData("LOGIN", "tom", "tanst=aaf, 1", SaslStepKind.Failed)]
    [InlineData("CRAM-MD5", "tim", "tanst=aaf, 1", SaslStepKind.Succeeded)]
    public async Task Client_authenticates(string mechanism, string name, string password, SaslStepKind end) =>
        Assert.Equal(end, (await RunAsync(mechanism, name, password, User)).Kind);

    /// <summary>
    /// As <see cref="PasswordText"/> says: the client prepares the password by SASLprep, which makes two letters of a ligature. Of PLAIN,
    /// the server prepares it.
    /// </summary>
    [Theory]
    [InlineData("SCRAM-SHA-256", "fish", SaslStepKind.Succeeded)]
    [InlineData("SCRAM-SHA-256", "\ufb01sh", SaslStepKind.Failed)]
    [InlineData("PLAIN", "\ufb01sh", SaslStepKind.Succeeded)]
    public async Task Password_with_a_ligature_works_with_plain_and_not_with_scram(string mechanism, string stored, SaslStepKind end) =>
        Assert.Equal(end, (await RunAsync(mechanism, "tim", "\ufb01sh", Accounts.User("tim", stored))).Kind);

    [Fact]
    public async Task Password_with_an_accent_works_with_scram() => Assert.Equal(
        SaslStepKind.Succeeded, (await RunAsync("SCRAM-SHA-256", "tim", "caf\u00e9", Accounts.User("tim", "cafe\u0301"))).Kind);

    /// <summary>The verifier that <c>gsasl --mkpasswd</c> makes of a password is that of <see cref="ScramHash"/>.</summary>
    [Theory]
    [InlineData("SCRAM-SHA-1", ScramAlgorithm.Sha1)]
    [InlineData("SCRAM-SHA-256", ScramAlgorithm.Sha256)]
    public async Task Verifiers_are_the_same(string mechanism, ScramAlgorithm algorithm)
    {
        var lines = await ProcessHost.RunAsync(new ProcessSpec(
            "gsasl", ["--mkpasswd", "-m", mechanism, "-p", "pencil", "--iteration-count=5000", "--salt=W22ZaJ0SNY7soEsUEjb6gQ=="]));
        var verifier = ScramHash.Create("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 5000, algorithm);
        Assert.Contains($"{{{mechanism}}}{verifier.ToText()}", lines);
    }

    private static async Task<SaslStep> RunAsync(string mechanism, string name, string password, MailUser user)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, Driver.Begin(mechanism, user));
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await using var client = ProcessHost.Start(new ProcessSpec(
            "gsasl",
            ["--smtp", $"--connect=127.0.0.1:{port}", "-m", mechanism, "-a", name, "-p", password, "--no-starttls", "--no-cb", "--quiet"])
        {
            Environment = new Dictionary<string, string> { ["LC_ALL"] = "C.UTF-8" },
        });
        var step = await serving.WaitAsync(Limit);
        await client.WaitForExitAsync(Limit);
        return step;
    }

    private static async Task<SaslStep> ServeAsync(TcpListener listener, Driver driver)
    {
        using var connection = await listener.AcceptTcpClientAsync();
        await using var stream = connection.GetStream();
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 mail.example.org ESMTP");
        SaslStep step = default;
        while (await reader.ReadLineAsync() is { } line && !line.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase))
        {
            if (line.StartsWith("EHLO", StringComparison.OrdinalIgnoreCase))
            {
                await writer.WriteLineAsync($"250-mail.example.org\r\n250 AUTH {driver.Exchange.Mechanism}");
                continue;
            }

            var words = line.Split(' ');
            if (step.Kind == SaslStepKind.Challenge && words[0] != "AUTH") step = driver.Send(Convert.FromBase64String(line));
            else step = driver.Send(words.Length < 3 ? null : Convert.FromBase64String(words[2] == "=" ? "" : words[2]));
            await writer.WriteLineAsync(step.Kind switch
            {
                SaslStepKind.Challenge => $"334 {Convert.ToBase64String(step.Challenge.Span)}",
                SaslStepKind.Succeeded => "235 2.7.0 ok",
                _ => "535 5.7.8 no",
            });
            if (step.Kind != SaslStepKind.Challenge) break;
        }

        return step;
    }
}
