using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Delivery.Tests.Smtp;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Delivery.Tests.Fuzz;

/// <summary>
/// Arbitrary server output at arbitrary times: an attempt ends with an outcome for each recipient, counts no recipient as delivered
/// without a 2xx reply, and bounds the memory for replies.
/// </summary>
public sealed class ReplyFuzzTests(ITestOutputHelper output)
{
    private const int Recipients = 3;

    // Ends a turn: the octets after it are sent once the client has sent something.
    private const byte Turn = 0x1e;

    private static readonly string[] Words =
    [
        "\r\n", "\n", "\r", "\0", "\u001e", "\u001e\u001e", "220 hi\r\n", "250 ok\r\n", "250-", "250-PIPELINING\r\n", "250-SIZE 10\r\n",
        "250-STARTTLS\r\n", "250-SMTPUTF8\r\n",
        "250-CHUNKING\r\n", "250-DSN\r\n", "250-LIMITS RCPTMAX=1\r\n", "250 LIMITS MAILMAX=0 RCPTMAX=99999999999\r\n", "354 go\r\n",
        "421 4.3.2 bye\r\n", "450 4.2.0 later\r\n",
        "452 4.5.3 too many\r\n", "552 5.2.2 full\r\n", "550 5.1.1 unknown\r\n", "554 5.7.1 no\r\n", "999 x\r\n", "100 x\r\n", "25",
        "250 2.1.5", "250 5.1.1 odd\r\n", "334 \r\n", "235 2.7.0 in\r\n",
        "\u00ff\u00fe", "\u00c3\u00a4",
    ];

    [Fact]
    public async Task Arbitrary_replies_give_each_recipient_one_outcome()
    {
        var fuzzer = new Fuzzer(Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(5)), RunAsync);
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} inputs, {fuzzer.Kept} kept");
    }

    [Fact]
    public async Task Arbitrary_octets_parse_alike_however_they_are_split()
    {
        var fuzzer = new Fuzzer(Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(2)), input =>
        {
            var whole = Parse(input, Math.Max(1, input.Length));
            foreach (var size in (int[])[1, 7, 512]) Assert.Equal(whole, Parse(input, size));
            return Task.FromResult(whole[..Math.Min(whole.Length, 20)]);
        });
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} inputs, {fuzzer.Kept} kept");
    }

    private static string Parse(byte[] input, int size)
    {
        var buffer = Pieces.Of(input, size);
        var result = ReplyParser.Parse(buffer, ReplyParser.AnyStray, out var reply, out var consumed);
        if (result != ParseResult.Complete) return result.ToString();
        Assert.InRange(reply!.Lines.Count, 1, ReplyParser.MaxLines);
        Assert.All(reply.Lines, line => Assert.InRange(line.Length, 0, ReplyParser.MaxLine));
        Assert.InRange(reply.Code, 200, 599);
        return $"{reply.Code} {buffer.Slice(buffer.Start, consumed).Length} {string.Join('\n', reply.Lines)}";
    }

    private static async Task<string> RunAsync(byte[] input)
    {
        var server = new ScriptedServer(input);
        var serving = server.ServeAsync();
        var connector = new SmtpConnector("client.test", new DeliveryOptions(), new TlsClient([]), server.Time, NullLogger.Instance);
        var connecting = connector
            .GreetAsync("mx.b.test", "mx.b.test[192.0.2.1]:25", server, Egress.Default, TlsState.Wanted, CancellationToken.None).AsTask();
        var seen = "";
        if (await server.WaitAsync(connecting) is ConnectResult.Connected { Connection: var connection })
        {
            await using (connection)
            {
                var result = await server.WaitAsync(
                    connection.SendAsync(Dialogue.Part(Recipients), RecipientSet
                        .All(Recipients), new FinalDotGuard(null, 0, CancellationToken.None)).AsTask());
                seen = Check(result, Encoding.Latin1.GetString(input));
            }
        }
        else
        {
            seen = ((ConnectResult.Refused)await connecting).Reply.ToString();
        }

        server.Close(isAbort: true);
        await serving.WaitAsync(TimeSpan.FromSeconds(30));
        return seen[..Math.Min(seen.Length, 60)];
    }

    private static string Check(SendResult result, string said)
    {
        if (result.Status != SendResultKind.Attempted) return result.Status.ToString();
        var outcomes = result.Outcomes.SelectMany(outcome => Enumerable.Range(0, Recipients).Where(outcome.Recipients.Contains)
            .Select(recipient => (recipient, outcome))).ToList();
        Assert.Equal(Enumerable.Range(0, Recipients), outcomes.Select(pair => pair.recipient).Order());
        if (result.Outcomes.Any(outcome => outcome.Disposition == Disposition.Delivered)) Assert.Matches(@"(^|[\n\x1e])2\d\d", said);
        return string.Join(
            ' ', outcomes.OrderBy(pair => pair.recipient).Select(pair => $"{pair.outcome.Disposition}{pair.outcome.Reply.Code}"));
    }

    /// <summary>Sends one turn after the other, each after input from the client, and then closes.</summary>
    private sealed class ScriptedServer(byte[] script) : ITransport
    {
        private readonly Pipe _toClient = new(new PipeOptions(pauseWriterThreshold: 0));
        private readonly Pipe _toServer = new(new PipeOptions(pauseWriterThreshold: 0));
        private readonly CancellationTokenSource _ended = new();
        private IDuplexPipe? _pipe;

        public FakeTimeProvider Time { get; } = new();

        public IDuplexPipe Pipe => _pipe ??= new Duplex(_toClient.Reader, _toServer.Writer);

        public (string Remote, string Local) Addresses => ("", "");

        public ValueTask<TlsFacts> SecureAsync(TlsClient tls, string host, TlsMode mode, CancellationToken cancellationToken) =>
            throw new IOException("no TLS over pipes in memory");

        public void Close(bool isAbort) => _ended.Cancel();

        public async Task ServeAsync()
        {
            try
            {
                for (var start = 0; start <= script.Length;)
                {
                    var end = Array.IndexOf(script, Turn, start);
                    if (end < 0) end = script.Length;
                    await _toClient.Writer.WriteAsync(script.AsMemory(start, end - start), _ended.Token);
                    start = end + 1;
                    var read = await _toServer.Reader.ReadAsync(_ended.Token);
                    _toServer.Reader.AdvanceTo(read.Buffer.End);
                    if (read.IsCompleted) break;
                }
            }
            catch (OperationCanceledException)
            {
                // The client has closed the connection.
            }

            await _toClient.Writer.CompleteAsync();
        }

        /// <summary>Advances the clock until a task completes: a silent host is not awaited in real time.</summary>
        public Task<T> WaitAsync<T>(Task<T> task) => Time.RunAsync(task, TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(5));

        private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
    }
}
