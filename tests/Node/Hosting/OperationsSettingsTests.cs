using Postfleet.Node.Hosting;
using Postfleet.Node.Options;
using Postfleet.Operations.Options;
using Xunit;

namespace Postfleet.Node.Tests.Hosting;

public sealed class OperationsSettingsTests
{
    [Fact]
    public void All_sections_of_the_module_are_passed()
    {
        var options = new PostfleetOptions
        {
            Suppression = new SuppressionOptions { Enabled = true, Rules = [new SuppressionRuleOptions { Class = "moved" }] },
            DmarcReports = new DmarcReportOptions { Organization = "Example" },
        };
        var settings = ModuleSettings.Operations(options);
        Assert.Same(options.Suppression, settings.Suppression);
        Assert.Same(options.DmarcReports, settings.DmarcReports);
    }
}
