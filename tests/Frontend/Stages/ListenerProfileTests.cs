using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Stages;

/// <summary>The profile of a listener, and the authentication that it may require (RFC 4954).</summary>
public sealed class ListenerProfileTests
{
    private const string Refusal = "530 5.7.0 Authentication required\r\n";

    [Theory]
    [InlineData(false, false, ListenerTls.None)]
    [InlineData(true, false, ListenerTls.StartTls)]
    [InlineData(true, true, ListenerTls.Implicit)]
    public void The_options_of_a_listener_become_its_profile(bool hasCertificate, bool isImplicit, ListenerTls expected)
    {
        using var certificate = hasCertificate ? new TestCertificate() : null;
        var world = new World(certificate: certificate);
        var profile = world.Services.ProfileOf(new ListenerOptions { ImplicitTls = isImplicit });
        Assert.Equal(
            new ListenerProfile("relay", expected)
            {
                RequiresAuthentication = false,
                Endpoint = "127.0.0.1:2525",
                Checks = ListenerChecks.Access | ListenerChecks.Rates,
            },
            profile.Listener);
        Assert.Equal(isImplicit, profile.IsImplicitTls);
    }

    [Fact]
    public void A_listener_that_requires_authentication_refuses_mail_without_it()
    {
        var machine = Greeted(requiresAuthentication: true);
        var result = machine.Handle("MAIL FROM:<a@x.test>"u8);
        Assert.Equal((Refusal, true, SessionState.Greeted), (Text(result), result.IsError, machine.State));
        Assert.Null(machine.ReversePath);
        machine.Login = SaslWorld.LoginOf("alice");
        Assert.StartsWith("250 ", Text(machine.Handle("MAIL FROM:<a@x.test>"u8)), StringComparison.Ordinal);
        Assert.Equal(SessionState.Mail, machine.State);
    }

    [Fact]
    public void A_listener_without_the_requirement_accepts_mail_without_authentication() =>
        Assert.StartsWith(
            "250 ", Text(Greeted(requiresAuthentication: false).Handle("MAIL FROM:<a@x.test>"u8)), StringComparison.Ordinal);

    [Theory]
    [InlineData("EHLO c", "250-")]
    [InlineData("NOOP", "250 ")]
    [InlineData("RSET", "250 ")]
    [InlineData("QUIT", "221 ")]
    public void Commands_outside_of_a_transaction_need_no_authentication(string command, string reply) => Assert.StartsWith(
        reply, Text(Greeted(requiresAuthentication: true).Handle(Encoding.ASCII.GetBytes(command))), StringComparison.Ordinal);

    [Fact]
    public void The_start_of_tls_ends_the_authentication()
    {
        var machine = Greeted(requiresAuthentication: true);
        machine.Login = SaslWorld.LoginOf("alice");
        machine.BeginSecure(new SessionTls("TLSv1.3", "TLS_AES_256_GCM_SHA384"));
        Assert.Null(machine.AuthenticatedUser);
        machine.Handle("EHLO c"u8);
        Assert.Equal(Refusal, Text(machine.Handle("MAIL FROM:<a@x.test>"u8)));
    }

    [Fact]
    public void A_refusal_for_missing_authentication_runs_no_other_check()
    {
        var check = new ScriptedCheck(_ => Verdict.Accept, Answering.AtOnce) { Applies = _ => true };
        var machine = Greeted(requiresAuthentication: true, new SessionChecks { Mail = [check] });
        machine.Handle("MAIL FROM:<a@x.test>"u8);
        Assert.Empty(check.Judged);
    }

    [Fact]
    public void The_keywords_of_a_listener_are_offered_to_its_sessions_alone()
    {
        var world = new World();
        var profile = new ListenerProfile("submission", ListenerTls.StartTls)
        {
            Keywords = [new EhloKeyword("AUTH PLAIN", NeedsTls: true), new EhloKeyword("ETRN")],
        };
        var machine = Machine(world, profile);
        var plain = Text(machine.Handle("EHLO c"u8));
        Assert.EndsWith("250-ETRN\r\n250 STARTTLS\r\n", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("AUTH", plain, StringComparison.Ordinal);
        machine.BeginSecure(new SessionTls("TLSv1.3", "TLS_AES_256_GCM_SHA384"));
        Assert.EndsWith(
            "250-REQUIRETLS\r\n250-AUTH PLAIN\r\n250 ETRN\r\n", Text(machine.Handle("EHLO c"u8)), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "ETRN", Text(Machine(world, profile with { Keywords = [] }).Handle("EHLO c"u8)), StringComparison.Ordinal);
    }

    [Fact]
    public void Starttls_is_offered_and_accepted_by_listeners_with_it_alone()
    {
        var machine = Machine(new World(), new ListenerProfile("relay", ListenerTls.None));
        Assert.DoesNotContain("STARTTLS", Text(machine.Handle("EHLO c"u8)), StringComparison.Ordinal);
        Assert.Equal("502 5.5.1 Command not implemented\r\n", Text(machine.Handle("STARTTLS"u8)));
    }

    private static SessionMachine Greeted(bool requiresAuthentication, SessionChecks? checks = null)
    {
        var profile = new ListenerProfile("submission", ListenerTls.StartTls) { RequiresAuthentication = requiresAuthentication };
        var machine = Machine(new World(checks: checks), profile);
        machine.Handle("EHLO c"u8);
        return machine;
    }

    private static SessionMachine Machine(World world, ListenerProfile profile)
    {
        var machine = new SessionMachine(world.Services.ProfileOf(profile), world.Services.Relay, World.Trusted, world.Memory);
        machine.Connect();
        return machine;
    }

    private static string Text(CommandResult result) => Encoding.ASCII.GetString(result.Reply.Span);
}
