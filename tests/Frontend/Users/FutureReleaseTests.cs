using System.Text;
using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Protocol;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>FUTURERELEASE (RFC 4865) on submission listeners.</summary>
public sealed class FutureReleaseTests
{
    private static readonly string[] Names = ["HOLDFOR=", "HOLDUNTIL=", "MT-PRIORITY=", "BY=", "by=", "X=", "HOLDFOR", ""];

    [Fact]
    public async Task The_reply_to_EHLO_has_the_longest_interval_and_the_latest_time_by_the_minute()
    {
        var world = new SaslWorld(maxHold: TimeSpan.FromHours(36));
        Assert.Contains("250-FUTURERELEASE 129600 2026-03-06T00:00:00Z", await EhloAsync(world.World));
        world.World.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Contains("250-FUTURERELEASE 129600 2026-03-06T00:00:00Z", await EhloAsync(world.World));
        world.World.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("250-FUTURERELEASE 129600 2026-03-06T00:01:00Z", await EhloAsync(world.World));
    }

    [Fact]
    public async Task Listeners_for_relay_neither_offer_nor_know_it()
    {
        Assert.DoesNotContain(await EhloAsync(new World()), line => line.Contains("FUTURERELEASE", StringComparison.Ordinal));
        await using var client = new MemoryClient(new World());
        await client.SendAsync("EHLO c\r\nMAIL FROM:<a@x.test> HOLDFOR=60\r\n");
        Assert.Equal("555 5.5.4 Parameter not recognized or not implemented: HOLDFOR=60", await LastAsync(client));
    }

    [Fact]
    public async Task A_lifetime_below_a_second_offers_nothing() =>
        Assert.DoesNotContain(
            await EhloAsync(new SaslWorld(maxHold: TimeSpan.FromMilliseconds(900)).World),
            line => line.Contains("FUTURERELEASE", StringComparison.Ordinal));

    [Theory]
    [InlineData("HOLDFOR=1", 1, "for;1")]
    [InlineData("holdfor=172800", 172800, "for;172800")]
    [InlineData("HOLDUNTIL=2026-03-04T12:00:10Z", 10, "until;2026-03-04T12:00:10Z")]
    [InlineData("HOLDUNTIL=2026-03-04t12:00:10.5z", 11, "until;2026-03-04T12:00:10.5Z")]
    [InlineData("HOLDUNTIL=2026-03-04T13:00:10+01:00", 10, "until;2026-03-04T13:00:10+01:00")]
    [InlineData("HOLDUNTIL=2026-03-06T12:00:00Z", 172800, "until;2026-03-06T12:00:00Z")]
    [InlineData("HOLDUNTIL=2026-03-04T12:00:00Z", 0, "until;2026-03-04T12:00:00Z")]
    [InlineData("HOLDUNTIL=0000-01-01T00:00:00Z", 0, "until;0000-01-01T00:00:00Z")]
    public async Task A_message_is_held(string parameter, int seconds, string request)
    {
        var world = new SaslWorld();
        Assert.StartsWith("250 ", await SendAsync(world, parameter), StringComparison.Ordinal);
        var envelope = Assert.Single(world.World.Submission.Stored).Envelope;
        Assert.Equal((seconds, request), (envelope.SendAfter, envelope.HoldRequest));
    }

    [Fact]
    public async Task The_requests_of_MAIL_belong_to_the_envelope_of_an_idempotency_key()
    {
        var world = new SaslWorld();
        await using var client = await world.AuthenticateAsync();
        foreach (var parameter in (string[])
            ["", " HOLDFOR=60", " HOLDFOR=60", " HOLDFOR=61", " MT-PRIORITY=1", " MT-PRIORITY=2", " BY=1;N", " BY=2;N", " BY=2;R",
                " BY=2;RT"])
        {
            await client.SendAsync(
                $"MAIL FROM:<alice@x.test>{parameter}\r\nRCPT TO:<b@y.test>\r\nDATA\r\nX-Postfleet-Idempotency-Key: k\r\n" +
                $"{SubmittedMessageTests.Complete}\r\nx\r\n.\r\n");
            await client.ExpectAsync("250 *", "250 *", "354 *", "250 *");
        }

        var hashes = world.World.Submission.Stored.Select(stored => Convert.ToHexString(stored.Key!.Hash.Span)).ToList();
        Assert.Equal(hashes[1], hashes[2]);
        Assert.Equal(9, hashes.Distinct().Count());
    }

    [Fact]
    public async Task The_time_counts_from_MAIL()
    {
        var world = new SaslWorld();
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync("MAIL FROM:<alice@x.test> HOLDFOR=60\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        for (var i = 0; i < 3; i++) await client.ReadLineAsync();
        world.World.Time.Advance(TimeSpan.FromSeconds(20.5));
        await client.SendAsync(SubmittedMessageTests.Complete + "\r\nx\r\n.\r\n");
        Assert.StartsWith("250 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(40, Assert.Single(world.World.Submission.Stored).Envelope.SendAfter);
    }

    [Theory]
    [InlineData("HOLDFOR=172801", "501 5.5.4 The time of release is too far ahead")]
    [InlineData("HOLDFOR=999999999", "501 5.5.4 The time of release is too far ahead")]
    [InlineData("HOLDUNTIL=2026-03-06T12:00:01Z", "501 5.5.4 The time of release is too far ahead")]
    [InlineData("HOLDUNTIL=9999-12-31T23:59:59-23:59", "501 5.5.4 The time of release is too far ahead")]
    [InlineData("HOLDFOR=0", "501 5.5.4 Parameter value is not valid: HOLDFOR=0")]
    [InlineData("HOLDFOR=01", "501 5.5.4 Parameter value is not valid: HOLDFOR=01")]
    [InlineData("HOLDFOR=", "501 5.5.4 Parameter value is not valid: HOLDFOR=")]
    [InlineData("HOLDFOR=-1", "501 5.5.4 Parameter value is not valid: HOLDFOR=-1")]
    [InlineData("HOLDFOR=+1", "501 5.5.4 Parameter value is not valid: HOLDFOR=+1")]
    [InlineData("HOLDFOR=1000000000", "501 5.5.4 Parameter value is not valid: HOLDFOR=1000000000")]
    [InlineData("HOLDFOR=1.5", "501 5.5.4 Parameter value is not valid: HOLDFOR=1.5")]
    [InlineData("HOLDUNTIL=tomorrow", "501 5.5.4 Parameter value is not valid: HOLDUNTIL=tomorrow")]
    [InlineData("HOLDUNTIL=2026-03-04T12:00:10", "501 5.5.4 Parameter value is not valid: HOLDUNTIL=2026-03-04T12:00:10")]
    [InlineData("HOLDFOR=10 HOLDFOR=10", "501 5.5.4 Parameter value is not valid: HOLDFOR=10")]
    [InlineData("HOLDFOR=10 HOLDUNTIL=2026-03-04T12:00:10Z", "501 5.5.4 Parameter value is not valid: HOLDUNTIL=2026-03-04T12:00:10Z")]
    [InlineData("HOLDFOR", "555 5.5.4 Parameter not recognized or not implemented: HOLDFOR")]
    public async Task Other_values_are_refused(string parameter, string reply)
    {
        var world = new SaslWorld();
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync($"MAIL FROM:<alice@x.test> {parameter}\r\n");
        Assert.Equal(reply, await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_request_ends_with_its_transaction()
    {
        var world = new SaslWorld();
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync("MAIL FROM:<alice@x.test> HOLDFOR=60\r\nRSET\r\nMAIL FROM:<alice@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        for (var i = 0; i < 5; i++) await client.ReadLineAsync();
        await client.SendAsync(SubmittedMessageTests.Complete + "\r\nx\r\n.\r\n");
        Assert.StartsWith("250 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(0, Assert.Single(world.World.Submission.Stored).Envelope.SendAfter);
    }

    [Fact]
    public void A_value_of_any_length_is_refused_without_a_copy()
    {
        var parameter = Encoding.ASCII.GetBytes($"HOLDUNTIL=2026-03-04T12:00:00.{new string('1', 1900)}Z");
        var parameters = default(SubmissionParameters);
        Assert.Equal(ParameterResult.Malformed, SubmissionParameters.Read(parameter, ref parameters));
    }

    [Fact]
    public void Any_parameter_is_read_refused_or_unknown_and_valid_ones_are_within_their_bounds() => Gen.Select(
        Gen.Int[0, 7].Select(i => Names[i]),
        Gen.OneOf(Gen.String[Gen.Char["0123456789+-;RNTZ:.="], 0, 45], Gen.String[0, 20])).Array[1, 5].Sample(words =>
    {
        var parameters = default(SubmissionParameters);
        foreach (var (name, value) in words) SubmissionParameters.Read(Encoding.UTF8.GetBytes(name + value), ref parameters);
        Assert.InRange(parameters.Hold?.For ?? TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(999_999_999));
        Assert.InRange(parameters.Priority ?? 0, -9, 9);
        var by = parameters.DeliverBy ?? new(1, DeliverByMode.Return, false);
        Assert.InRange(by.Within, by.Mode == DeliverByMode.Return ? 1 : -999_999_999, 999_999_999);
        Assert.InRange(parameters.Hold?.Text.Length ?? 0, 0, 46);
    });

    internal static async Task<string?> SendAsync(SaslWorld world, string parameters)
    {
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync($"MAIL FROM:<alice@x.test> {parameters}\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        for (var i = 0; i < 3; i++) await client.ReadLineAsync();
        await client.SendAsync(SubmittedMessageTests.Complete + "\r\nx\r\n.\r\n");
        return await client.ReadLineAsync();
    }

    internal static async Task<List<string>> EhloAsync(World world)
    {
        await using var client = new MemoryClient(world);
        await client.SendAsync("EHLO c\r\n");
        List<string> lines = [];
        do lines.Add((await client.ReadLineAsync())!);
        while (!lines[^1].StartsWith("250 ", StringComparison.Ordinal));
        return lines;
    }

    private static async Task<string> LastAsync(MemoryClient client)
    {
        string? line;
        do line = await client.ReadLineAsync();
        while (line is not null && !line.StartsWith("555", StringComparison.Ordinal));
        return line!;
    }
}
