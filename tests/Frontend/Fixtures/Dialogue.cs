using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>
/// Replays a transcript against a session. <c>C: text</c> is a line of the client, <c>C| text</c> a line without its CRLF, <c>S: text</c> a
/// required line of the server (a <c>*</c> at the end stands for any rest), <c>S.</c> the end of the session. All client lines between two
/// server lines are sent before the next read. <c>\r \n \\ \xNN</c> are octets.
/// </summary>
internal static partial class Dialogue
{
    /// <summary>The reply to EHLO with default options and without a certificate.</summary>
    public const string Capabilities = """
        S: 250-mx.example.org
        S: 250-PIPELINING
        S: 250-SIZE 25000000
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-CHUNKING
        S: 250-DSN
        S: 250-LIMITS MAILMAX=100000 RCPTMAX=1000
        S: 250 ENHANCEDSTATUSCODES
        """;

    /// <summary>The lines that a submission listener adds, of which AUTH is the last.</summary>
    public const string Extensions = """
        S: 250-MT-PRIORITY MIXER
        S: 250-DELIVERBY
        S: 250-FUTURERELEASE 172800 2026-03-06T12:00:00Z
        """;

    /// <summary>A session up to the content of a message to b@y.test.</summary>
    public const string UpToData = """
        S: 220 *
        C: HELO c
        S: 250 mx.example.org
        C: MAIL FROM:<a@x.test>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@y.test>
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 *

        """;

    /// <summary>After any reply to the content, the session continues with a new transaction.</summary>
    public const string NextTransaction = """

        C: RCPT TO:<b@y.test>
        S: 503 5.5.1 MAIL command needed
        C: MAIL FROM:<a@x.test>
        S: 250 2.1.0 Ok
        """;

    /// <summary>Replays a transcript in each split of the input, each in its own world. All must match.</summary>
    /// <returns>The world of each replay, for further assertions.</returns>
    public static async Task<IReadOnlyList<World>> ReplayAsync(string transcript, Func<World>? world = null, IPAddress? client = null)
    {
        var worlds = new List<World>();
        foreach (var split in Enum.GetValues<InputSplit>())
        {
            worlds.Add(world?.Invoke() ?? new World());
            await ReplayAsync(transcript, worlds[^1], split, client);
        }

        return worlds;
    }

    private static async Task ReplayAsync(string transcript, World world, InputSplit split, IPAddress? address)
    {
        await using var client = new MemoryClient(world, split, address);
        var number = 0;
        var said = new StringBuilder();
        try
        {
            foreach (var line in transcript.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                number++;
                var text = line.Length > 3 ? line[3..] : "";
                switch (line[..2])
                {
                    case "C:": said.Append(Unescape(text)).Append("\r\n"); break;
                    case "C|": said.Append(Unescape(text)); break;
                    case "S:":
                        await SayAsync(client, said);
                        await client.ExpectAsync(text);
                        break;
                    case "S.":
                        await SayAsync(client, said);
                        await client.ExpectEndAsync();
                        break;
                    default: throw new FormatException($"not a line of a transcript: {line}");
                }
            }

            await SayAsync(client, said);
            client.ExpectSilence();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{split}, line {number}: {e.Message}", e);
        }
    }

    private static async Task SayAsync(MemoryClient client, StringBuilder said)
    {
        if (said.Length == 0) return;
        client.ExpectSilence();
        await client.SendAsync(said.ToString());
        said.Clear();
    }

    private static string Unescape(string text) => Escape().Replace(text, match => match.Value switch
    {
        @"\r" => "\r",
        @"\n" => "\n",
        @"\\" => @"\",
        var hex => ((char)int.Parse(hex.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString(),
    });

    [GeneratedRegex(@"\\(r|n|\\|x[0-9a-f]{2})")]
    private static partial Regex Escape();
}
