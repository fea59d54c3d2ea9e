using System.Net;
using System.Text;

namespace Postfleet.Testing;

/// <summary>
/// One connection of a <see cref="LoadClient"/>. It sends one command at a time, so that the state of a message on a broken connection is
/// known.
/// </summary>
internal sealed class LoadConnection : IDisposable
{
    private readonly SmtpClientLite _client;
    private readonly TimeSpan _limit;

    private LoadConnection(SmtpClientLite client, TimeSpan timeout) => (_client, _limit) = (client, timeout);

    /// <summary>A negative greeting or reply to EHLO or AUTH; null if all were positive.</summary>
    public SmtpReply? Refusal { get; private set; }

    /// <summary>Messages sent so far.</summary>
    public int Sent { get; private set; }

    /// <summary>Whether content has been sent without a reply, so that the server may or may not have accepted it.</summary>
    public bool IsInDoubt { get; private set; }

    public static async Task<LoadConnection> ConnectAsync(IPEndPoint server, LoadPlan plan)
    {
        using var limit = new CancellationTokenSource(plan.Limit);
        var client = new LoadConnection(await SmtpClientLite.ConnectAsync(server, limit.Token), plan.Limit);
        try
        {
            var greeting = client._client.Greeting;
            var hello = greeting.IsPositive ? await client._client.CommandAsync("EHLO load.test", limit.Token) : greeting;
            client.Refusal = hello.IsPositive ? null : hello;
            if (client.Refusal is not null || plan.Login is not { } login) return client;
            var secret = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{login.Name}\0{login.Password}"));
            var authenticated = await client._client.CommandAsync($"AUTH PLAIN {secret}", limit.Token);
            client.Refusal = authenticated.IsPositive ? null : authenticated;
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Runs one transaction and returns the first negative reply, or the reply to the final dot.</summary>
    public async Task<SmtpReply> SendAsync(string sender, IReadOnlyList<string> recipients, byte[] content)
    {
        using var limit = new CancellationTokenSource(_limit);
        Sent++;
        foreach (var command in (string[])[$"MAIL FROM:<{sender}>", .. recipients.Select(to => $"RCPT TO:<{to}>"), "DATA"])
        {
            var reply = await _client.CommandAsync(command, limit.Token);
            if (!reply.IsPositive)
            {
                return reply.Code == 421 ? reply : await ResetAsync(reply, limit.Token);
            }
        }

        IsInDoubt = true;
        await _client.SendAsync(DotUnstuffer.Stuff(content), limit.Token);
        var end = await _client.ReadReplyAsync(limit.Token);
        IsInDoubt = false;
        return end;
    }

    public void Dispose() => _client.Dispose();

    private async Task<SmtpReply> ResetAsync(SmtpReply refusal, CancellationToken cancellation)
    {
        await _client.CommandAsync("RSET", cancellation);
        return refusal;
    }
}
