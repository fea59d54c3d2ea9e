using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Postfleet.Tools;

/// <summary>Sends as fast as the server takes it, over so many connections, and measures how long each final dot waits for its 250.</summary>
internal sealed class Load(LoadPlan plan)
{
    private readonly byte[] _content = Content(plan.Octets);
    private readonly long[] _waits = new long[plan.Messages];
    private int _next;

    public async Task RunAsync()
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Math.Min(plan.Sessions, plan.Messages)).Select(_ => Task.Run(SendAsync)));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Array.Sort(_waits);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"messages": {{plan.Messages}}, "seconds": {{seconds:F3}}, "rate": {{plan.Messages / seconds:F1}}, "p50_ms": {{Wait(0.5):F2}}, "p99_ms": {{Wait(0.99):F2}}, "p999_ms": {{Wait(0.999):F2}}, "max_ms": {{Wait(1):F2}}}"""));
    }

    private double Wait(double share) => Stopwatch.GetElapsedTime(0, _waits[(int)Math.Min(_waits.Length - 1, share * _waits.Length)]).TotalMilliseconds;

    private async Task SendAsync()
    {
        LoadConnection? connection = null;
        for (var n = Interlocked.Increment(ref _next) - 1; n < plan.Messages; n = Interlocked.Increment(ref _next) - 1)
        {
            connection ??= await LoadConnection.OpenAsync(plan.Port);
            await connection.SendEnvelopeAsync(Envelope(n));
            var dot = Stopwatch.GetTimestamp();
            await connection.SendContentAsync(_content);
            _waits[n] = Stopwatch.GetTimestamp() - dot;
            if (!plan.Reconnects) continue;
            await connection.QuitAsync();
            connection = null;
        }

        if (connection is not null) await connection.QuitAsync();
    }

    private string Envelope(int n)
    {
        var text = new StringBuilder("MAIL FROM:<from@source.test>\r\n");
        for (var r = 0; r < plan.Recipients; r++)
        {
            var domain = plan.First + (int)(((long)n * plan.Recipients + r) % plan.Domains);
            text.Append(CultureInfo.InvariantCulture, $"RCPT TO:<to{n}.{r}@d{domain}.scale.test>\r\n");
        }

        return text.Append("DATA\r\n").ToString();
    }

    private static byte[] Content(int octets)
    {
        const string Header = "From: from@source.test\r\nTo: to@scale.test\r\nSubject: load\r\n\r\n";
        var text = new StringBuilder(Header);
        for (var left = octets; left > 0; left -= 80) text.Append('x', Math.Clamp(left - 2, 0, 78)).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.Append(".\r\n").ToString());
    }
}
