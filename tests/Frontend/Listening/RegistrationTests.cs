using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Postfleet.Configuration;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Listening;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Listening;

/// <summary>The module in a container, with checks registered by other modules.</summary>
public sealed class RegistrationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task The_module_is_added_by_one_call()
    {
        await using var provider = Build(RunningServer.Settings(new SmtpOptions(), ["127.0.0.1:0"], TimeSpan.FromSeconds(5)));
        var hosted = Assert.Single(provider.GetServices<IHostedService>());
        await hosted.StartAsync(default);
        var endpoint = Assert.IsType<IPEndPoint>(Assert.Single(provider.GetRequiredService<SmtpServer>().Endpoints));
        using var client = await SocketClient.ConnectAsync(endpoint);
        await client.ExpectAsync("220 mx.example.org ESMTP Postfleet");
        await hosted.StopAsync(default).WaitAsync(Patience);
    }

    [Fact]
    public async Task Checks_in_the_container_run_for_the_listeners_that_they_apply_to_in_the_order_of_registration()
    {
        using var folder = new TempFolder();
        using var certificate = new TestCertificate();
        var tls = new TlsOptions { Certificate = folder["tls.crt"], Key = folder["tls.key"] };
        await File.WriteAllTextAsync(tls.Certificate, certificate.CertificatePem);
        await File.WriteAllTextAsync(tls.Key, certificate.KeyPem);
        var first = new ScriptedCheck(_ => Verdict.Accept, Answering.AtOnce) { Applies = _ => true };
        var second = new ScriptedCheck(_ => Verdict.Refuse("550 5.7.1 Never"), Answering.Later)
        {
            Applies = listener => listener.Tls == ListenerTls.Implicit,
        };
        var settings = RunningServer.Settings(new SmtpOptions { GreetingDelay = TimeSpan.Zero }, [], TimeSpan.FromSeconds(5)) with
        {
            Tls = tls,
            Listeners =
            [
                new ListenerOptions { Endpoint = IPEndPoint.Parse("127.0.0.1:0") },
                new ListenerOptions { Endpoint = IPEndPoint.Parse("127.0.0.1:0"), ImplicitTls = true },
            ],
        };
        await using var provider = Build(settings, first, second);
        var hosted = Assert.Single(provider.GetServices<IHostedService>());
        await hosted.StartAsync(default);
        var endpoints = provider.GetRequiredService<SmtpServer>().Endpoints.Cast<IPEndPoint>().ToArray();

        using var plain = await SocketClient.ConnectAsync(endpoints[0]);
        Assert.StartsWith("250 ", await MailAsync(plain), StringComparison.Ordinal);
        using var secure = await SocketClient.ConnectAsync(endpoints[1]);
        await secure.StartTlsAsync(certificate);
        Assert.Equal("550 5.7.1 Never", await MailAsync(secure));
        Assert.Equal(["mail a@x.test", "mail a@x.test"], first.Judged);
        Assert.Equal(["mail a@x.test"], second.Judged);
        await hosted.StopAsync(default).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_reload_changes_later_sessions_and_leaves_sessions_that_run_as_they_are()
    {
        using var folder = new TempFolder();
        using var certificate = new TestCertificate();
        var tls = new TlsOptions { Certificate = folder["tls.crt"], Key = folder["tls.key"] };
        var settings = RunningServer.Settings(new SmtpOptions(), ["127.0.0.1:0"], TimeSpan.FromSeconds(5)) with
        {
            Relay = Nobody,
            Routes = [new RouteRule(DomainPattern.All, TargetKind.Mx)],
        };
        await using var provider = Build(settings);
        var hosted = Assert.Single(provider.GetServices<IHostedService>());
        await hosted.StartAsync(default);
        var reload = provider.GetRequiredService<IReloadable<FrontendSettings>>();
        var endpoint = (IPEndPoint)provider.GetRequiredService<SmtpServer>().Endpoints[0];
        using var first = await SocketClient.ConnectAsync(endpoint);
        Assert.StartsWith("250 ", await MailAsync(first), StringComparison.Ordinal);

        Assert.Throws<StartFailureException>(() => reload.Prepare(settings with { Tls = tls }));
        await File.WriteAllTextAsync(tls.Certificate, certificate.CertificatePem);
        await File.WriteAllTextAsync(tls.Key, certificate.KeyPem);
        reload.Prepare(settings with { Tls = tls, Relay = new RelayOptions() })();

        await first.SendAsync("RCPT TO:<b@y.test>\r\n");
        Assert.StartsWith("550 ", await first.ReadLineAsync(), StringComparison.Ordinal);
        using var second = await SocketClient.ConnectAsync(endpoint);
        Assert.StartsWith("250 ", await MailAsync(second), StringComparison.Ordinal);
        await second.SendAsync("RCPT TO:<b@y.test>\r\n");
        Assert.StartsWith("250 ", await second.ReadLineAsync(), StringComparison.Ordinal);
        using var third = await SocketClient.ConnectAsync(endpoint);
        await third.ExpectAsync("220 ");
        await third.SendAsync("EHLO c\r\n");
        List<string> offered = [];
        do offered.Add((await third.ReadLineAsync())!);
        while (offered[^1].StartsWith("250-", StringComparison.Ordinal));
        Assert.Contains(offered, line => line.EndsWith("STARTTLS", StringComparison.Ordinal));
        await hosted.StopAsync(default).WaitAsync(Patience);
    }

    private static RelayOptions Nobody { get; } = new() { TrustedNetworks = [] };

    private static ServiceProvider Build(FrontendSettings settings, params ISessionCheck<MailSubject>[] checks)
    {
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton(TimeProvider.System).AddSingleton<ISubmission, FakeSubmission>();
        foreach (var check in checks) services.AddSingleton(check);
        services.AddFrontend(settings);
        return services.BuildServiceProvider();
    }

    // The reply to MAIL.
    private static async Task<string?> MailAsync(SocketClient client)
    {
        await client.ExpectAsync("220 ");
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\n");
        await client.ExpectAsync("250 mx.example.org");
        return await client.ReadLineAsync();
    }
}
