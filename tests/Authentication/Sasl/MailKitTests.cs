using System.Net;
using System.Reflection;
using System.Security.Authentication.ExtendedProtection;
using CsCheck;
using MailKit.Security;
using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Core.Users;
using Xunit;

namespace Postfleet.Authentication.Tests.Sasl;

/// <summary>The client's side of each mechanism in MailKit, against the exchanges.</summary>
public sealed class MailKitTests
{
    private static readonly string[] PasswordMechanisms =
    [
        "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5",
    ];

    private static readonly MailUser User = Accounts.User("tim@example.org", "tanstaaf, t\u00e4nstaaf=");

    public static TheoryData<string> Mechanisms => [.. PasswordMechanisms];

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public void Right_password_succeeds(string mechanism) => Assert.Equal(
        new SaslStep(SaslStepKind.Succeeded) { Name = "tim@example.org" },
        Run(mechanism, "Tim@example.org", "tanstaaf, t\u00e4nstaaf=", User));

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public void Wrong_password_and_unknown_user_fail(string mechanism)
    {
        Assert.Equal(SaslFailure.Credentials, Run(mechanism, "tim@example.org", "tanstaaf", User).Failure);
        Assert.Equal(SaslFailure.Credentials, Run(mechanism, "tom@example.org", "tanstaaf, t\u00e4nstaaf=", User).Failure);
    }

    [Theory]
    [InlineData("SCRAM-SHA-256-PLUS")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public void Application_password_succeeds(string mechanism)
    {
        var user = Accounts.User("tim", "pencil", ("phone", "crayon", null));
        var step = Run(mechanism, "tim/phone", "crayon", user);
        Assert.Equal((SaslStepKind.Succeeded, "phone"), (step.Kind, step.ApplicationPassword));
    }

    [Theory]
    [InlineData("SCRAM-SHA-256-PLUS")]
    [InlineData("SCRAM-SHA-1-PLUS")]
    public void Binding_to_another_certificate_fails(string mechanism)
    {
        var client = Client(mechanism, "tim@example.org", "tanstaaf, t\u00e4nstaaf=");
        Bind(client, new byte[32]);
        Assert.Equal(
            SaslFailure.ChannelBinding, Run(client, new Driver(SaslMechanisms.Begin(mechanism, Accounts.BoundChannel)!, User)).Failure);
    }

    [Fact]
    public void Any_ascii_and_latin_password_succeeds() =>
        Gen.Select(Gen.Int[0, PasswordMechanisms.Length - 1], Gen.OneOf(Gen.Char[' ', '~'], Gen.Char['\u00c0', '\u0170']).Array[1, 40])
            .Sample((index, letters) =>
            {
                var password = new string(letters);
                if (SaslPrepDiffers(password)) return;
                var step = Run(PasswordMechanisms[index], "tim", password, Accounts.User("tim", password));
                Assert.Equal(SaslStepKind.Succeeded, step.Kind);
            }, iter: 150);

    [Theory]
    [InlineData("OAUTHBEARER", "valid", SaslFailure.None)]
    [InlineData("OAUTHBEARER", "expired", SaslFailure.Credentials)]
    [InlineData("XOAUTH2", "valid", SaslFailure.None)]
    [InlineData("XOAUTH2", "expired", SaslFailure.Credentials)]
    public void Tokens(string mechanism, string token, SaslFailure failure)
    {
        var driver = new Driver(SaslMechanisms.Begin(mechanism, Accounts.Channel with { ChecksHost = true })!, User)
        {
            NameOfToken = text => text == "valid" ? User.Name : null,
        };
        SaslMechanism client = mechanism == "XOAUTH2"
            ? new SaslMechanismOAuth2(User.Name, token)
            : new SaslMechanismOAuthBearer(User.Name, token);
        SetUri(client);
        Assert.Equal(failure, Run(client, driver).Failure);
    }

    private static SaslStep Run(string mechanism, string name, string password, MailUser user)
    {
        var client = Client(mechanism, name, password);
        var isPlus = mechanism.EndsWith("-PLUS", StringComparison.Ordinal);
        if (isPlus) Bind(client, Accounts.EndPoint);
        return Run(client, Driver.Begin(mechanism, isPlus ? Accounts.BoundChannel : Accounts.Channel, user));
    }

    // The loop of an SMTP client: responses and challenges in Base64.
    private static SaslStep Run(SaslMechanism client, Driver driver)
    {
        Assert.Equal(client.MechanismName, driver.Exchange.Mechanism);
        var step = driver.Send(client.SupportsInitialResponse ? Convert.FromBase64String(client.Challenge(null)) : null);
        while (step.Kind == SaslStepKind.Challenge)
        {
            step = driver.Send(Convert.FromBase64String(client.Challenge(Convert.ToBase64String(step.Challenge.Span)) ?? ""));
        }

        Assert.True(client.IsAuthenticated || step.Kind == SaslStepKind.Failed);
        return step;
    }

    private static SaslMechanism Client(string mechanism, string name, string password)
    {
        var credentials = new NetworkCredential(name, password);
        SaslMechanism client = mechanism switch
        {
            "SCRAM-SHA-256-PLUS" => new SaslMechanismScramSha256Plus(credentials),
            "SCRAM-SHA-1-PLUS" => new SaslMechanismScramSha1Plus(credentials),
            "SCRAM-SHA-256" => new SaslMechanismScramSha256(credentials),
            "SCRAM-SHA-1" => new SaslMechanismScramSha1(credentials),
            "PLAIN" => new SaslMechanismPlain(credentials),
            "LOGIN" => new SaslMechanismLogin(credentials),
            "CRAM-MD5" => new SaslMechanismCramMd5(credentials),
            _ => throw new ArgumentOutOfRangeException(nameof(mechanism)),
        };
        SetUri(client);
        return client;
    }

    // MailKit's connection sets these two; they are internal.
    private static void SetUri(SaslMechanism client) => typeof(SaslMechanism)
        .GetProperty("Uri", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(client, new Uri("smtp://mail.example.org:2587"));

    private static void Bind(SaslMechanism client, byte[] endPoint)
    {
        var property = typeof(SaslMechanism).GetProperty("ChannelBindingContext", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var context = DispatchProxy.Create(property.PropertyType, typeof(BindingContext));
        ((BindingContext)context).EndPoint = endPoint;
        property.SetValue(client, context);
    }

    private static bool SaslPrepDiffers(string text)
    {
        var prepare = typeof(SaslMechanism).GetMethod("SaslPrep", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!;
        return !PasswordText.TryPrepare(text, out var ours) || !ours.AsSpan().SequenceEqual(
            System.Text.Encoding.UTF8.GetBytes((string)prepare.Invoke(null, [text])!));
    }

    /// <summary>Stands for MailKit's TLS connection: it knows tls-server-end-point alone.</summary>
    public class BindingContext : DispatchProxy
    {
        internal byte[] EndPoint { get; set; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name != "TryGetChannelBindingToken") throw new NotSupportedException(targetMethod.Name);
            var isKnown = args![0] is ChannelBindingKind.Endpoint;
            // MailKit clears the array after use.
            args[1] = isKnown ? EndPoint.ToArray() : null;
            return isKnown;
        }
    }
}
