using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Postfleet.Tools.Loading;

/// <summary>Sends the messages of a plan over concurrent sessions, as fast as the server accepts them or as the plan allows.</summary>
internal sealed class Source(Plan plan, Ledger ledger)
{
    private static readonly TimeSpan ConnectPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxConnectTime = TimeSpan.FromSeconds(30);

    private readonly long _started = Stopwatch.GetTimestamp();
    private int _next;
    private int _logins;
    private int _refused;
    private int _failedConnects;
    private int _broken;
    private string? _firstFault;

    /// <summary>Messages not accepted by the server.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Failed connections and connections without a 220 greeting. Each was tried again.</summary>
    public int FailedConnects => Volatile.Read(ref _failedConnects);

    /// <summary>Connections broken within a message, which counts as refused.</summary>
    public int Broken => Volatile.Read(ref _broken);

    /// <summary>The first unexpected reply or error.</summary>
    public string? FirstFault => _firstFault;

    /// <exception cref="SocketException">The server accepted no connection for 30 s.</exception>
    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, Math.Min(plan.Sessions, plan.Messages)).Select(_ => Task.Run(SessionAsync)));

    private async Task SessionAsync()
    {
        var content = new Content(plan.Octets, plan.Top, ledger);
        var envelope = new Envelope(plan);
        while (_next < plan.Messages)
        {
            using var connection = await OpenAsync();
            var number = -1;
            try
            {
                for (var sent = 0; sent < plan.PerConnection; sent++)
                {
                    number = Interlocked.Increment(ref _next) - 1;
                    if (number >= plan.Messages) break;
                    envelope.Fill(number);
                    content.Mark(number);
                    await WaitForTurnAsync(number);
                    if (!await SendAsync(connection, envelope, content, number)) Interlocked.Increment(ref _refused);
                }

                number = -1;
                await connection.SendAsync(SourceConnection.Quit);
                await connection.ReplyAsync();
            }
            catch (SocketException e)
            {
                if (number < 0) continue;
                Interlocked.Increment(ref _broken);
                Interlocked.Increment(ref _refused);
                Note(e.Message);
            }
        }
    }

    private Task WaitForTurnAsync(int number)
    {
        if (plan.Rate == 0) return Task.CompletedTask;
        var left = TimeSpan.FromSeconds((double)number / plan.Rate) - Stopwatch.GetElapsedTime(_started);
        return left > TimeSpan.FromMilliseconds(1) ? Task.Delay(left) : Task.CompletedTask;
    }

    private async Task<SourceConnection> OpenAsync()
    {
        var deadline = DateTime.UtcNow + MaxConnectTime;
        while (true)
        {
            var connection = new SourceConnection();
            try
            {
                await connection.ConnectAsync(plan.Port);
                if (await connection.ReplyAsync() == 220)
                {
                    await connection.SendAsync(SourceConnection.Hello);
                    if (await connection.ReplyAsync() == 250 && await AuthenticateAsync(connection)) return connection;
                }

                Note(connection.LastReply);
            }
            catch (SocketException e) when (DateTime.UtcNow < deadline)
            {
                Note(e.Message);
            }

            connection.Dispose();
            if (DateTime.UtcNow >= deadline)
                throw new SocketException((int)SocketError.TimedOut, $"no session within {MaxConnectTime}: {_firstFault}");
            Interlocked.Increment(ref _failedConnects);
            await Task.Delay(ConnectPause);
        }
    }

    private async ValueTask<bool> AuthenticateAsync(SourceConnection connection)
    {
        if (plan.Login.Length == 0) return true;
        var colon = plan.Login.IndexOf(':', StringComparison.Ordinal);
        var name = plan.Login[..colon];
        if (plan.Users > 1) name += (Interlocked.Increment(ref _logins) % plan.Users).ToString(CultureInfo.InvariantCulture);
        var secret = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{name}\0{plan.Login[(colon + 1)..]}"));
        await connection.SendAsync(Encoding.ASCII.GetBytes($"AUTH PLAIN {secret}\r\n"));
        return await connection.ReplyAsync() == 235;
    }

    private async ValueTask<bool> SendAsync(SourceConnection connection, Envelope envelope, Content content, int number)
    {
        var isGood = true;
        if (plan.Pipelining)
        {
            await connection.SendAsync(envelope.All);
            for (var n = 0; n <= plan.Recipients; n++) isGood &= await IsAsync(connection, 250);
            isGood &= await IsAsync(connection, 354);
        }
        else
        {
            for (var n = 0; n < plan.Recipients + 1 && isGood; n++)
            {
                await connection.SendAsync(envelope.Line(n));
                isGood = await IsAsync(connection, 250);
            }

            if (isGood)
            {
                await connection.SendAsync(envelope.Line(plan.Recipients + 1));
                isGood = await IsAsync(connection, 354);
            }
        }

        if (!isGood)
        {
            // After a 354 for some of the recipients, only closing the connection aborts the message.
            if (connection.LastCode == 354) throw new SocketException((int)SocketError.OperationAborted);
            await connection.SendAsync(SourceConnection.Reset);
            await connection.ReplyAsync();
            return false;
        }

        await connection.SendAsync(content.Head);
        ledger.Send(number);
        await connection.SendAsync(content.Tail);
        if (!await IsAsync(connection, 250)) return false;
        ledger.Accept(number);
        return true;
    }

    private async ValueTask<bool> IsAsync(SourceConnection connection, int code)
    {
        if (await connection.ReplyAsync() == code) return true;
        Note(connection.LastReply);
        return false;
    }

    private void Note(string fault) => Interlocked.CompareExchange(ref _firstFault, fault, null);
}
