using System.Text;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Tls;

/// <summary>What is input in the clear around STARTTLS (RFC 3207), as transcripts.</summary>
public sealed class StartTlsTests : IDisposable
{
    private readonly TestCertificate _certificate = new();

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public Task STARTTLS_out_of_order_is_refused() => Dialogue.ReplayAsync(
        """
        S: 220 *
        C: EHLO c
        S: 250-mx.example.org
        S: 250-PIPELINING
        S: 250-SIZE 25000000
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-CHUNKING
        S: 250-DSN
        S: 250-LIMITS MAILMAX=100000 RCPTMAX=1000
        S: 250-ENHANCEDSTATUSCODES
        S: 250 STARTTLS
        C: STARTTLS now
        S: 501 5.5.4 No argument is allowed
        C: MAIL FROM:<a@x.test>
        S: 250 2.1.0 Ok
        C: starttls
        S: 503 5.5.1 Not inside a mail transaction
        C: RSET
        S: 250 2.0.0 Ok
        C: StartTLS
        S: 220 2.0.0 Ready to start TLS
        C: NOOP
        S. 
        """,
        () => new World(certificate: _certificate));

    [Fact]
    public Task STARTTLS_needs_no_EHLO() => Dialogue.ReplayAsync(
        """
        S: 220 *
        C: STARTTLS
        S: 220 2.0.0 Ready to start TLS
        C: NOOP
        S. 
        """,
        () => new World(certificate: _certificate));

    [Fact]
    public Task Without_a_certificate_STARTTLS_is_not_implemented() => Dialogue.ReplayAsync($"""
        S: 220 *
        C: EHLO c
        {Dialogue.Capabilities}
        C: STARTTLS
        S: 502 5.5.1 Command not implemented
        """);

    [Theory]
    [InlineData("EHLO evil\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nhi\r\n.\r\n")]
    [InlineData("N")]
    [InlineData("\x16\x03\x01")]
    public async Task Octets_behind_STARTTLS_end_the_session_unread(string behind)
    {
        foreach (var split in Enum.GetValues<InputSplit>())
        {
            var world = new World(certificate: _certificate);
            await using var client = new MemoryClient(world, split);
            await client.SendAsync("EHLO c\r\n");
            for (var i = 0; i < 11; i++) Assert.StartsWith("2", await client.ReadLineAsync(), StringComparison.Ordinal);
            await client.SendAsync("STARTTLS\r\n" + behind);
            // Octets in the same piece are refused; later octets break the handshake.
            if (split == InputSplit.Whole) await client.ExpectAsync("421 4.7.0 Nothing may follow STARTTLS *");
            else await client.ExpectAsync("220 2.0.0 *");
            client.Finish();
            await client.Ended.WaitAsync(TimeSpan.FromSeconds(20));
            Assert.Empty(world.Submission.Stored);
            Assert.DoesNotContain("250", await RestAsync(client), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_stalled_handshake_times_out()
    {
        var world = new World(certificate: _certificate);
        await using var client = new MemoryClient(world);
        await client.SendAsync("EHLO c\r\nSTARTTLS\r\n");
        world.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(client.Ended.IsCompleted);
        world.Time.Advance(TimeSpan.FromSeconds(2));
        await client.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("timed out", Assert.Single(world.Log.Of("tls failed")).Fields["Reason"]);
    }

    // Read as Latin-1, since a TLS alert is not text.
    private static async Task<string> RestAsync(MemoryClient client) => Encoding.Latin1.GetString(await client.ReadRestAsync());
}
