using System.Text;
using Postfleet.Authentication.Sasl;
using Postfleet.Core.Users;

namespace Postfleet.Authentication.Tests.Fixtures;

/// <summary>Drives an exchange as a session does: looks up users and tokens, and returns what the client sees.</summary>
internal sealed class Driver(SaslExchange exchange, params MailUser[] users)
{
    public SaslExchange Exchange => exchange;

    /// <summary>The name that a token stands for; null for a token that is not valid.</summary>
    public Func<string, string?> NameOfToken { get; init; } = _ => null;

    public DateTimeOffset Now { get; set; } = Accounts.Now;

    /// <summary>Begins an exchange of a mechanism.</summary>
    public static Driver Begin(string mechanism, params MailUser[] users) => Begin(mechanism, Accounts.Channel, users);

    public static Driver Begin(string mechanism, SaslChannel channel, params MailUser[] users) =>
        new(SaslMechanisms.Begin(mechanism, channel)!, users);

    /// <summary>Sends a response in UTF-8; null for AUTH without an initial response.</summary>
    public SaslStep Send(string? response) => Send(response is null ? null : Encoding.UTF8.GetBytes(response));

    public SaslStep Send(byte[]? response)
    {
        var step = exchange.Next(response is null ? null : (ReadOnlyMemory<byte>?)response, Now);
        while (true)
        {
            switch (step.Kind)
            {
                case SaslStepKind.NeedsUser:
                    step = exchange.Resume(users.FirstOrDefault(user => user.Name == step.Name), Now);
                    break;
                case SaslStepKind.NeedsToken:
                    step = exchange.ResumeToken(NameOfToken(step.Token));
                    break;
                default:
                    return step;
            }
        }
    }

    public static string Text(SaslStep step) => Encoding.UTF8.GetString(step.Challenge.Span);
}
